"""Decks in other simulators: do they say what ngspice says?"""
