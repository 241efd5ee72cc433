"""One file with all runs and networks."""
