"""What making a board does to its circuit: tolerance, errors, trimming, temperature, noise, rounding."""
