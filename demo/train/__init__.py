"""The Train tab: the form, and the run as it learns."""
