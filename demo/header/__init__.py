"""The page's first line."""
