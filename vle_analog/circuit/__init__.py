"""Parts and how they are connected."""
