"""How do time and parts grow with the network?"""
