"""One amplifier in three processes."""
