"""What a chosen accelerator is written to."""
