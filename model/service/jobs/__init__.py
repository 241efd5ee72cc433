"""Training runs and the processes that carry them out."""
