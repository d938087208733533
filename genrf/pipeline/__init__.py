"""From the composed config to a run folder: the four stages and what a person sees of them."""
