"""Blocks and how they are wired: the drawing between equations and circuit."""
