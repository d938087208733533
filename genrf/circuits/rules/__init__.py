"""What a circuit must keep besides its spec, one rule a file; `circuits/validator.py` puts them together."""
