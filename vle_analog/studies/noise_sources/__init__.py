"""Which parts make how much noise?"""
