"""What the tool stands on, on this machine."""
