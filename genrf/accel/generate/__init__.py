"""Families of accelerators and their spaces."""
