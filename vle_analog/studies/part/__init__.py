"""Op-amps of your own: makers' SPICE models, taken in and measured, for every command."""
