"""Digits for training and for measuring."""
