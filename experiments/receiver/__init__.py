"""A receiver: budget against result, stage by stage."""
