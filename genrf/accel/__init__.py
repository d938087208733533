"""Neural-network accelerators: from a network to verified RTL."""
