"""Circuit -> circuit: other values, other stimuli, other start voltages; the same parts."""
