"""Equations -> block diagram -> circuit: `lower`, then `realize`."""
