"""Runs that are killed again and again, and gone on with."""
