"""Trains networks on MNIST: the only folder that imports TensorFlow."""
