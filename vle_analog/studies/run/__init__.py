"""One circuit simulated and held against its ideal."""
