"""All runs and networks in one file."""
