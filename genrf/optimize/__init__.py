"""Optimizers behind one ask and tell."""
