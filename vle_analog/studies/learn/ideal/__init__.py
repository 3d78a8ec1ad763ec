"""Learning rules compared on ideal networks."""
