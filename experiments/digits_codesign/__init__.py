"""An accelerator for a network that reads digits, from its front to its RTL."""
