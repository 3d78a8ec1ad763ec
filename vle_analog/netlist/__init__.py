"""Circuit -> netlist text, one dialect per file."""
