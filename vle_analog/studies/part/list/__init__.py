"""Parts of a user's own, listed."""
