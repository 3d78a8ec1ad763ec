"""Cells: subcircuits that a circuit designer edits."""
