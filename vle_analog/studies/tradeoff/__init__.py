"""What must a board cost that enough of its kind are good?"""
