"""`derive`: what is printed and refused."""

from __future__ import annotations

from tests.tool import refused


def test_derive_prints_every_step_as_text_or_latex(ask) -> None:  # type: ignore[no-untyped-def]
    text = ask("derive", "--rule", "gle").out
    for part in ("Euler-Lagrange", "Exact adjoint", "Local rules", "Plasticity", "dw1/dt = eta e1 r0"):
        assert part in text
    assert "Network: input r0 -> 1 softplus -> 1 softplus" in text
    latex = ask("derive", "--task", "temporal_xor", "--latex").out
    assert latex.startswith("\\documentclass") and latex.rstrip().endswith("\\end{document}")
    refused(ask("derive", "--rule", "gel"), "unknown rule 'gel'", "gle")
    refused(ask("derive", "--task", "chian"), "unknown task 'chian'", "chain")
