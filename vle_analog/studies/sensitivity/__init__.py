"""Which parts decide the output?"""
