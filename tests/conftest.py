"""Fixtures and settings shared by all tests."""

from __future__ import annotations

import fcntl
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from tests.tool import ROOT, Answer

os.environ["MPLBACKEND"] = "Agg"  # before anything imports matplotlib
os.environ.pop("VLE_ANALOG_LIBRARY", None)  # parts of whoever runs the tests are none of theirs
os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="vle-analog-tests-")

# The first call of a compiled function, or a busy machine, would trip hypothesis's limit of 200 ms per example. The
# same examples in every run: a failure is then the last change's, and what they compile is compiled once. Others are
# tried by `pytest --hypothesis-profile explore`.
settings.register_profile("vle_analog", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("vle_analog")


@pytest.fixture(scope="session")
def ngspice() -> str:
    """Path of the ngspice executable; a test that needs it fails without it rather than being skipped."""
    path = shutil.which("ngspice")
    if path is None:
        pytest.fail("ngspice is not installed: run `bash scripts/setup.sh`", pytrace=False)
    return path


@pytest.fixture(scope="session")
def hash_seeds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of what two processes of different hash seeds wrote (`tests.hash_seeds`), for all tests that compare."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "seeds"  # one worker writes for all
    place.mkdir(exist_ok=True)
    folders = (place / "1", place / "4242")
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for folder in folders:
            if not folder.with_suffix(".done").exists():
                command = [sys.executable, "-m", "tests.hash_seeds", str(folder)]
                env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": folder.name}
                done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True)
                assert done.returncode == 0, done.stderr
                folder.with_suffix(".done").touch()
    return folders


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Runs the tool in this process, in an empty folder."""
    from vle_analog import cli  # what most tests do without

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("vle_analog.cli.printing._PAUSE", math.inf)  # a slow machine tells how far it is

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
