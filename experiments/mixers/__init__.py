"""Mixers: active against passive, over intermediate frequency and power of the oscillator."""
