"""Learning rules compared on networks of op-amps, beside their ideals."""
