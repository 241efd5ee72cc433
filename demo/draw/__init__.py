"""The Draw tab: the pad, and the calls that read a drawing."""
