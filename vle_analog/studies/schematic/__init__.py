"""How does a board's circuit look, and how does it get into an editor?"""
