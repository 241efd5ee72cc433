"""The Draw tab: the pad and what reads it."""
