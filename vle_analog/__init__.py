"""vle-analog: learning neural networks as op-amp circuits, simulated and held against their ideal."""
