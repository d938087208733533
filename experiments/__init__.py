"""One folder per study: its question, the command that answers it, and the answer."""
