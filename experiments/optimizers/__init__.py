"""Optimizers side by side, on equal simulations."""
