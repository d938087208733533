"""Topologies for specifications: what a CycleGAN draws, and what it reaches."""
