"""What does each non-ideality cost?"""
