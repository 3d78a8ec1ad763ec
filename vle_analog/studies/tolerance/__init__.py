"""How large may each non-ideality be, alone?"""
