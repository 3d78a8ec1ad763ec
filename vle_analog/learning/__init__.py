"""Learning networks as equations: layers, error neurons, feedback, plasticity."""
