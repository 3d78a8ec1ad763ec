"""A maker's model becomes a part."""
