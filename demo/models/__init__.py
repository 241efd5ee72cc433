"""The Models tab: every run and version."""
