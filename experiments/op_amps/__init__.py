"""Operational amplifiers: what bandwidth costs in power."""
