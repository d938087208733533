"""Learned proposals of sizes: what they are worth before the first simulation."""
