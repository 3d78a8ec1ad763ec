"""The tool in this process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.tool import Answer
from vle_analog import cli


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Runs the tool in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def asked(*arguments: str | Path) -> Answer:
        monkeypatch.setattr(sys, "argv", ["vle-analog", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as leave:
            code = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
        return Answer(code, *capsys.readouterr())

    return asked
