"""Learning rules compared, ideally and as circuits."""
