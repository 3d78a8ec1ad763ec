"""What comes with the tool."""
