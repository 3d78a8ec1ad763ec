"""A part of a user's own, shown."""
