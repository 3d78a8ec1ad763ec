"""Studies on a Dask cluster: the same bits, workers and clients that are killed, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import LocalCluster

from tests.fleet.executors import Portions
from tests.fleet.fleets import SHORT, mismatched, with_board
from tests.studies.montecarlo.boards import BOARD, PLAN, ROOT, ended, kept, plain, read, started
from vle_analog.compare.criterion import Criterion
from vle_analog.design.build import Build
from vle_analog.errors import ClusterError, UsageError
from vle_analog.fleet.blueprint import Blueprint
from vle_analog.fleet.fleet import Fleet
from vle_analog.lab import cluster as module
from vle_analog.lab.cluster import Cluster, connected
from vle_analog.lab.executor import Threads
from vle_analog.lab.identity import identity
from vle_analog.lab.lab import Lab
from vle_analog.studies.budget.study import BudgetPlan, budget
from vle_analog.studies.montecarlo.study import montecarlo
from vle_analog.studies.noise.study import NoisePlan, noise

#: six jobs
MANY, SIZE = replace(PLAN, boards=24), 4


@pytest.fixture(scope="module")
def workers() -> Iterator[Cluster]:
    """A cluster of two processes."""
    with connected("local:2", 1) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def blueprint() -> Blueprint:
    """What jobs share."""
    return Fleet(BOARD).blueprint()


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    """What comes out without a cluster."""
    return plain(montecarlo(MANY, Lab()).record())


@contextmanager
def scheduler() -> Iterator[str]:
    """The address of a scheduler without workers."""
    with LocalCluster(n_workers=0, processes=False, protocol="tcp", dashboard_address="127.0.0.1:0") as found:
        yield found.scheduler_address


@contextmanager
def worker(address: str, sources: Path = ROOT) -> Iterator[subprocess.Popen[bytes]]:
    """A worker as a user starts one, of the package that lies there."""
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(sources), os.environ.get("PYTHONPATH", "")])}
    process = subprocess.Popen([*command, "--no-nanny"], cwd=sources, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def pids(cluster: Cluster) -> list[int]:
    """Processes of a cluster's workers."""
    return list(cluster._client.run(os.getpid).values())


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_same_bits_and_kept_as_they_come(workers: Cluster, whole: dict[str, Any], tmp_path: Path) -> None:
    seen: dict[float, int] = {}

    def tell(stage: str, fraction: float) -> None:
        if stage == "boards":
            seen[fraction] = len(kept(tmp_path))

    lab = Lab(tmp_path, Portions(workers, SIZE), tell)
    assert plain(montecarlo(MANY, lab).record()) == whole
    assert len(kept(tmp_path)) == 6 and set(seen.values()) >= set(range(1, 7))  # none waited for another
    assert max(seen) == 1.0
    assert plain(montecarlo(MANY, Lab(executor=workers)).record()) == whole


def test_a_budget_is_the_same_too(workers: Cluster) -> None:
    plan = BudgetPlan(with_board(mismatched(SHORT, 0.05, 0.02), build=Build()), rows=2, sobol_boards=1)
    assert budget(plan, Lab(executor=workers)).record() == budget(plan, Lab()).record()


@pytest.mark.slow
def test_noise_is_the_same_too(workers: Cluster, ngspice: str) -> None:
    plan = NoisePlan(with_board(SHORT, mode="deploy"), Criterion("loss", "<=", 0.9), levels=(1.0, 4.0), checks=1)
    found, whole = (noise(plan, Lab(executor=executor)).record() for executor in (workers, Threads()))
    assert len(found["levels"]) == 3 and len(found["ngspice"]) == 1
    for record in (found, whole):
        for check in record["ngspice"]:
            check["seconds"] = None
    assert found == whole


def test_it_stops_when_the_interval_is_narrow(workers: Cluster) -> None:
    plan = replace(PLAN, boards=None, until=0.35)
    here, there = (montecarlo(plan, Lab(executor=each)).record() for each in (Threads(), Portions(workers, 8)))
    assert plain(there) == plain(here)


@pytest.mark.slow
def test_ngspice_on_the_workers(workers: Cluster, ngspice: str, tmp_path: Path) -> None:
    plan = replace(PLAN, board=replace(BOARD, mode="deploy"), checks=2, boards=4)
    record = montecarlo(plan, Lab(tmp_path, workers)).record()
    assert record["ngspice_checked"] == 2 and record["ngspice_disagreement"] == 0
    assert plain(montecarlo(plan, Lab(executor=Threads(2))).record()) == plain(record)


def test_workers_that_are_killed_cost_nothing(workers: Cluster, whole: dict[str, Any], tmp_path: Path) -> None:
    killed: list[int] = []

    def tell(stage: str, fraction: float) -> None:
        if stage == "boards" and not killed and fraction >= 0.3:
            killed.append(pids(workers)[0])
            os.kill(killed[-1], signal.SIGKILL)

    found = montecarlo(MANY, Lab(tmp_path, Portions(workers, SIZE), tell)).record()
    assert killed and plain(found) == whole
    assert sum(len(path.read_text().splitlines()) for path in kept(tmp_path)) == 24
    until(lambda: len(pids(workers)) == 2)  # another came
    assert not set(killed) & set(pids(workers))


@pytest.mark.slow
def test_a_client_that_is_killed_goes_on_to_the_same_result(whole: dict[str, Any], tmp_path: Path) -> None:
    with scheduler() as address, worker(address), started(tmp_path, SIZE, address, boards=24) as client:
        assert ended(client, signal.SIGKILL, lambda: len(kept(tmp_path)) >= 2) == -signal.SIGKILL
        before = {path: path.read_bytes() for path in kept(tmp_path)}
        assert 2 <= len(before) < 6 and not (tmp_path / "montecarlo.json").exists()
        with connected(address, 1) as cluster:
            assert plain(montecarlo(MANY, Lab(tmp_path, Portions(cluster, SIZE))).record()) == whole
    assert all(path.read_bytes() == content for path, content in before.items())  # nothing ran twice
    assert sum(len(path.read_text().splitlines()) for path in kept(tmp_path)) == 24


@pytest.mark.slow
def test_interrupted_it_leaves_a_partial_result_and_no_process(tmp_path: Path) -> None:
    with started(tmp_path, SIZE, "local:2", boards=600) as client:
        until(lambda: len(kept(tmp_path)) >= 2, 240)
        below = [int(each) for each in children(client.pid)]
        assert len(below) >= 2
        client.send_signal(signal.SIGINT)
        assert client.wait(120) == 128 + signal.SIGINT
    until(lambda: all(gone(pid) for pid in below))
    record = read(tmp_path)
    assert not record["complete"] and 8 <= record["samples"] == len(record["boards"]) < 600


def children(pid: int) -> list[str]:
    return [each for path in Path(f"/proc/{pid}/task").glob("*/children") for each in path.read_text().split()]


def test_a_job_that_ends_its_workers(blueprint: Blueprint) -> None:
    at_once = dask.config.set({"distributed.scheduler.allowed-failures": 0})
    lost = pytest.raises(ClusterError, match="workers ended, one after another")
    with at_once, scheduler() as address, worker(address), connected(address, 1) as cluster, lost:
        next(cluster.run(deadly, blueprint, [(0,)], lambda job, fraction: None))


def deadly(blueprint: Blueprint, job: tuple[int], threads: int, tell: Callable[[float], None]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_nobody_waits_for_ends(workers: Cluster, blueprint: Blueprint) -> None:
    results = workers.run(endless, blueprint, [(0,), (1,)], lambda job, fraction: None)
    with pytest.raises(ClusterError, match="enough"):
        for _ in results:
            raise ClusterError("enough")
    results.close()
    until(lambda: not any(workers._client.run(running).values()))


def endless(blueprint: Blueprint, job: tuple[int], threads: int, tell: Callable[[float], None]) -> int:
    while job == (1,):
        time.sleep(0.01)
        tell(0.5)
    return 0


def running(dask_worker: Any) -> int:
    found: int = dask_worker.state.executing_count
    return found


def test_a_scheduler_that_is_lost(tmp_path: Path) -> None:
    def tell(stage: str, fraction: float) -> None:
        if stage == "boards" and fraction > 0.2 and process.poll() is None:
            process.kill()

    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard"]
    command += ["--scheduler-file", str(tmp_path / "scheduler.json")]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        until((tmp_path / "scheduler.json").exists)
        address = json.loads((tmp_path / "scheduler.json").read_text())["address"]
        lost = pytest.raises(ClusterError, match=r"scheduler at tcp://\S+ is gone")
        with worker(address), connected(address, 1) as cluster, lost:
            montecarlo(MANY, Lab(tmp_path / "out", Portions(cluster, SIZE), tell))
    finally:
        process.kill()
        process.wait(30)
    assert 0 < len(kept(tmp_path / "out")) < 6


@pytest.mark.slow
def test_workers_that_are_all_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(stage: str, fraction: float) -> None:
        if stage == "boards" and fraction > 0.2:
            process.kill()

    with scheduler() as address, worker(address) as process, connected(address, 1) as cluster:
        monkeypatch.setattr(module, "PATIENCE", 1.0)
        with pytest.raises(ClusterError, match="has no workers any more"):
            montecarlo(MANY, Lab(tmp_path, Portions(cluster, SIZE), tell))
    assert 0 < len(kept(tmp_path)) < 6


@pytest.mark.parametrize("other", ["older", "none"])
def test_a_worker_of_another_version_is_refused(other: str, tmp_path: Path) -> None:
    if other == "older":
        shutil.copytree(ROOT / "vle_analog", tmp_path / "vle_analog")
        (tmp_path / "circuits").symlink_to(ROOT / "circuits")
        with (tmp_path / "vle_analog" / "units.py").open("a") as stream:
            stream.write("# older\n")
        text = r"worker tcp://\S+ has vle-analog \S+, sources \w+, this machine \S+, sources"
    else:
        (tmp_path / "vle_analog").mkdir()
        (tmp_path / "vle_analog" / "__init__.py").touch()
        text = r"worker tcp://\S+ has no vle-analog, or another version"
    refused = pytest.raises(ClusterError, match=text)
    with scheduler() as address, worker(address, tmp_path), refused as error, connected(address, 1):
        pass
    assert error.value.hint is not None and "install the same versions" in error.value.hint


@pytest.mark.parametrize(
    ("name", "text"),
    [("numpy", r"worker tcp://\S+ has numpy \S+, this machine 1\.0"), ("arithmetic", "computes other last digits")],
)
def test_a_worker_that_came_later_is_refused(
    name: str, text: str, workers: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "identity", lambda: {**identity(), name: "1.0"})
    with pytest.raises(ClusterError, match=text):
        montecarlo(MANY, Lab(executor=workers))


def test_an_error_of_a_board_is_what_the_study_ends_with(workers: Cluster, blueprint: Blueprint) -> None:
    with pytest.raises(UsageError, match="no such board") as error:
        next(workers.run(failing, blueprint, [(3,)], lambda job, fraction: None))
    assert error.value.where == "here" and error.value.hint == "take another"


def failing(blueprint: Blueprint, job: tuple[int], threads: int, tell: Callable[[float], None]) -> None:
    raise UsageError("no such board", where="here", hint="take another")


@pytest.mark.parametrize(
    ("address", "kind", "text"),
    [
        ("tcp://127.0.0.1:1", ClusterError, "no scheduler answers at tcp://127.0.0.1:1 within 0.5 s"),
        ("carrier://pigeon", UsageError, "is no scheduler's address"),
        ("local:0", UsageError, "'0' is no number of processes"),
        ("local:many", UsageError, "'many' is no number of processes"),
    ],
)
def test_no_such_cluster(address: str, kind: type[Exception], text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT", 0.5)
    with pytest.raises(kind, match=text), connected(address, 1):
        pass


def test_a_cluster_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    refused = pytest.raises(ClusterError, match="has no workers")
    with scheduler() as address, refused as error, connected(address, 1):
        pass
    assert error.value.hint == f"start one with: dask worker {address}"
