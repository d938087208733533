"""More than one machine: what a cluster costs and gives."""
