"""A circuit as text for a simulator."""
