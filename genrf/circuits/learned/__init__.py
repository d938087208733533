"""Learned proposals: a diffusion model over element values and a forward model of the metrics. Needs PyTorch."""
