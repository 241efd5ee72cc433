"""The page's header."""
