"""Strengths of noise as one reads them, in tables and figures."""

from __future__ import annotations


def scale_text(value: float) -> str:
    """A power of two: whole, or a fraction."""
    return f"{value:.7g}" if value >= 1 else f"1/{1 / value:.6g}"
