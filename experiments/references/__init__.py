"""Bandgap references, sized."""
