"""Equations -> circuit and reference, ready to simulate."""
