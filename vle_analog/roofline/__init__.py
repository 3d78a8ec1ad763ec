"""Room: how close compiled loops come to what a core can do."""
