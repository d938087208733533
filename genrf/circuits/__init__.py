"""Analog and RF circuits: topologies, processes, simulation by ngspice, measures, files."""
