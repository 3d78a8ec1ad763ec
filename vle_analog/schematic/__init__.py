"""A circuit as drawings: symbols at places, wires, labels; one layout, and a writer per format."""
