"""Two netlists from outside, each sized in the bench of its kind."""
