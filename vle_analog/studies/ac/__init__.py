"""Gain and phase over frequency."""
