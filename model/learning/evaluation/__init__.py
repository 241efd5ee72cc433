"""Measures how well a network reads."""
