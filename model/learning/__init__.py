"""MNIST in, a network out: the only folder that imports tensorflow."""
