"""What is in a folder of results."""
