"""Many boards at once: a realised circuit compiled to a program that runs for all of them side by side."""
