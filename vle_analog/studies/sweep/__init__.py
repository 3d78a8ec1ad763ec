"""A system over a range of one of its parameters."""
