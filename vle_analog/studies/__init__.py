"""What users ask for, end to end."""
