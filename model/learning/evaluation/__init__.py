"""How well a network reads."""
