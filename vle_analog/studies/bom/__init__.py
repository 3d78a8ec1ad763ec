"""What does a board take?"""
