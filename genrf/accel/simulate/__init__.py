"""Cost models, from a first screen to clock cycles that the RTL confirms."""
