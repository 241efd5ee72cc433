"""All that works without a page: reading, learning, and what keeps them running."""
