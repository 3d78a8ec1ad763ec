"""How much noise do boards stand?"""
