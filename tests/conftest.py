"""Fixtures and settings shared by all tests."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib

# The first call of a compiled function, or a busy machine, would trip hypothesis's limit of 200 ms per example.
settings.register_profile("vle_analog", deadline=None)
settings.load_profile("vle_analog")


@pytest.fixture(scope="session")
def ngspice() -> str:
    """Path of the ngspice executable; a test that needs it fails without it rather than being skipped."""
    path = shutil.which("ngspice")
    if path is None:
        pytest.fail("ngspice is not installed: run `bash scripts/setup.sh`", pytrace=False)
    return path
