"""The ideal: the same equations, integrated numerically."""
