"""Yield of boards."""
