"""Simulators: `simulate(testbench)` returns waveforms."""
