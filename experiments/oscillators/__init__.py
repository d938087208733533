"""Oscillators: phase noise against power, and where it comes from."""
