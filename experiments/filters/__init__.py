"""Filters: what the Q of coils costs, and what a zero of transmission buys."""
