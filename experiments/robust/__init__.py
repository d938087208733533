"""What a robust search gains over a nominal one on equal simulations."""
