"""Does a system fit on an analog computer, and how is that patched?"""
