"""Netlists from outside: read in the dialects of ngspice, HSPICE and Spectre, sized, and written back."""
