"""Makers' SPICE models: PSpice and LTspice files read, and written anew as cells."""
