"""Reads digits: ink in, digit out. Never imports TensorFlow."""
