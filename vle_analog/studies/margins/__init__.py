"""What do parts leave, before any simulation?"""
