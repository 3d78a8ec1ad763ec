"""The learning equations, derived from the energy."""
