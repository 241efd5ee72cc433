"""The Data tab: the digits that a network learns from."""
