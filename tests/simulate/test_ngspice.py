"""ngspice runs judged by the laws of the circuits, and every way in which a run can fail."""

import itertools
import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from vle_analog.errors import OutputError, SimulationError
from vle_analog.simulate import Ngspice

RC = 1e-3  # seconds: 1 kOhm, 1 uF
CIRCUIT = "v1 in 0 dc 1 ac 1\nr1 in Out 1k\nc1 Out 0 1u ic=0\n"


def deck(circuit: str, analysis: str, written: str = "") -> str:
    controls = f".control\nset filetype=binary\n{analysis}\nwrite waveforms.raw {written}\nquit\n.endc\n.end\n"
    return f"* test\n{circuit}{controls}"


def step(span: float, bound: float) -> str:
    return deck(CIRCUIT, f"tran {bound} {span} 0 {bound} uic")


def failure(tmp_path: Path, text: str, span: float = 1e-3, simulator: Ngspice | None = None, **options) -> str:
    with pytest.raises(SimulationError) as caught:
        (simulator or Ngspice()).run(text, span=span, folder=tmp_path, **options)
    message = str(caught.value)
    assert str(tmp_path / "netlist.cir") in message and str(tmp_path / "ngspice.log") in message
    assert (tmp_path / "netlist.cir").read_text() == text and (tmp_path / "ngspice.log").exists()
    return message


def script(tmp_path: Path, body: str) -> Ngspice:
    path = tmp_path / "fake"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return Ngspice(str(path))


def ends(pid: int) -> bool:
    """Whether the process is gone within two seconds (a zombie that nobody reaps is gone)."""
    for _ in range(40):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_rc_step_follows_the_exponential_with_the_order_of_the_trapezoid(tmp_path: Path) -> None:
    errors = []
    for bound in (RC / 10, RC / 20, RC / 40):
        vectors = Ngspice().run(step(5 * RC, bound), span=5 * RC, folder=tmp_path)
        errors.append(np.max(np.abs(vectors.values["out"] - (1 - np.exp(-vectors.time / RC)))))
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert errors[-1] < 1e-4
    assert np.all(slopes > 1.5)


@pytest.mark.parametrize("home", [None, "", "/dev/null/home", "x" * 5000], ids=["none", "empty", "no folder", "long"])
def test_a_home_that_is_none_does_no_harm(home: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ngspice 39 crashes without one, and with the last."""
    if home is None:
        monkeypatch.delenv("HOME", raising=False)
    else:
        monkeypatch.setenv("HOME", home)
    assert Ngspice().version().startswith("ngspice-")
    assert Ngspice().run(step(RC, RC / 10), span=RC, folder=tmp_path).time[-1] == pytest.approx(RC)


def test_vectors_are_named_by_node_and_the_folder_keeps_deck_and_log(tmp_path: Path) -> None:
    text = step(RC, RC / 10)
    vectors = Ngspice().run(text, span=RC, folder=tmp_path / "new", files={"side.txt": "1\n2\r\n"})
    assert set(vectors.values) == {"in", "out", "i(v1)"}
    assert vectors.time[-1] == pytest.approx(RC, rel=1e-9)
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"netlist.cir", "ngspice.log", "side.txt"}
    assert (tmp_path / "new/side.txt").read_bytes() == b"1\n2\r\n"
    assert "Reference value" not in (tmp_path / "new/ngspice.log").read_text()
    Ngspice(keep_raw=True).run(text, span=RC, folder=tmp_path / "new")
    assert (tmp_path / "new/waveforms.raw").exists()


def test_ac_of_rc_is_its_transfer_function(tmp_path: Path) -> None:
    plot = Ngspice().run_ac(deck(CIRCUIT, "ac dec 10 1 1Meg"), folder=tmp_path)
    frequency = plot.data["frequency"]
    assert frequency.dtype == np.float64 and len(frequency) == 61
    np.testing.assert_allclose(plot.data["out"], 1 / (1 + 2j * np.pi * frequency * RC), rtol=1e-9)


def test_user_settings_do_not_interfere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".spiceinit").write_text("quit\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SPICE_ASCIIRAWFILE", "1")
    vectors = Ngspice().run(step(RC, RC / 10), span=RC, folder=tmp_path)
    assert vectors.values["out"][-1] == pytest.approx(1 - np.exp(-1), abs=1e-3)


def test_progress_rises_to_one(tmp_path: Path) -> None:
    seen: list[float] = []
    Ngspice().run(deck(CIRCUIT, "save Out\ntran 1u 0.7 0 1u uic"), span=0.7, folder=tmp_path, progress=seen.append)
    assert len(seen) >= 2 and seen[-1] == 1.0
    assert all(0 < a < b for a, b in itertools.pairwise(seen))


def test_version() -> None:
    assert Ngspice().version().startswith("ngspice-")


def test_missing_executable(tmp_path: Path) -> None:
    for call in (
        lambda: Ngspice("no-ngspice").run(step(RC, RC), span=RC, folder=tmp_path),
        lambda: Ngspice("no-ngspice").run_ac("", folder=tmp_path),
        lambda: Ngspice("no-ngspice").version(),
    ):
        with pytest.raises(SimulationError, match="apt-get install ngspice"):
            call()


def test_side_files_stay_inside_the_folder(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="outside"):
        Ngspice().run("", span=1, folder=tmp_path / "in", files={"../out.txt": ""})
    assert not (tmp_path / "out.txt").exists()


def test_killed_from_outside(tmp_path: Path) -> None:
    simulator = script(tmp_path, "echo $$ > pid; exec ngspice $*")

    def kill() -> None:
        time.sleep(0.6)
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    message = failure(tmp_path, step(1000, 1e-5), 1000, simulator)
    thread.join()
    assert "killed by SIGKILL at 0 % of the span" in message and "memory" in message


def test_killed_under_a_wrapper_script(tmp_path: Path) -> None:
    assert "killed by SIGTERM" in failure(tmp_path, "", simulator=script(tmp_path, "sh -c 'kill -TERM $$'; exit $?"))


def test_timeout_ends_the_whole_process_group(tmp_path: Path) -> None:
    simulator = script(tmp_path, "sleep 60 & echo $! > pid; ngspice $*")
    message = failure(tmp_path, step(1000, 1e-5), 1000, simulator, timeout=0.8)
    assert "timed out after 0." in message and "% of the span" in message and "--timeout" in message
    assert ends(int((tmp_path / "pid").read_text()))


def test_interruption_ends_the_process_and_is_passed_on(tmp_path: Path) -> None:
    def interrupt(fraction: float) -> None:
        raise KeyboardInterrupt

    simulator = script(tmp_path, "echo $$ > pid; exec ngspice $*")
    with pytest.raises(KeyboardInterrupt):
        simulator.run(step(1000, 1e-5), span=1000, folder=tmp_path, progress=interrupt)
    assert ends(int((tmp_path / "pid").read_text()))


def test_a_grandchild_that_holds_the_pipes_is_not_waited_for(tmp_path: Path) -> None:
    simulator = script(tmp_path, "sleep 600 & echo $! > pid; ngspice $*")
    simulator.run(step(RC, RC / 10), span=RC, folder=tmp_path)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)  # which is there still


def test_explosion_in_finite_time_names_time_and_node(tmp_path: Path) -> None:
    """du/dt = u^2 + 1 - u from 0 runs to infinity at t = 4 pi / (3 sqrt 3)."""
    circuit = "b1 n1 0 v=v(out)*v(out)+1\nr1 n1 out 1\nc1 out 0 1 ic=0\n"
    message = failure(tmp_path, deck(circuit, "tran 1m 10 0 1m uic"), 10)
    assert "no solution at t = 2.41" in message and "(24 % of the span)" in message and "'n1'" in message


def test_no_operating_point(tmp_path: Path) -> None:
    circuit = "v1 in 0 1\nb1 a 0 v=v(a)*v(a)+1\nr1 in a 1k\n"
    message = failure(tmp_path, deck(circuit, "tran 1u 1m 0 1u"))
    assert "no solution at the first time point" in message and "'a'" in message


def test_sources_in_parallel(tmp_path: Path) -> None:
    message = failure(tmp_path, deck("v1 in 0 1\nv2 in 0 2\nr1 in out 1k\n", "tran 1u 1m 0 1u uic"))
    assert "singular at v1#branch" in message and "in parallel" in message


@pytest.mark.parametrize(
    ("card", "quoted"),
    [
        ("b1 b 0 v=v(a)*", "b1 b 0 v= v(a) *"),
        ("b1 b 0 v=foo(v(a))", "no such function 'foo'"),
        ("x1 a b nothing", "unknown subckt: x1 a b nothing"),
        ("r2 a b {foo}", "Undefined parameter [foo]"),
        (".include nothing.lib", "Could not find include file nothing.lib"),
        (
            'a1 %v([b]) s\n.model s filesource(file="nothing.txt" amploffset=[0] amplscale=[1])',
            "cannot open file nothing.txt",
        ),
    ],
)
def test_deck_error_is_quoted(tmp_path: Path, card: str, quoted: str) -> None:
    message = failure(tmp_path, deck(f"v1 a 0 1\nr1 a b 1k\n{card}\n", "tran 1u 1m 0 1u uic"))
    assert "does not accept the deck" in message and quoted in message


def test_control_errors(tmp_path: Path) -> None:
    assert "trann: no such command" in failure(tmp_path, deck(CIRCUIT, "trann 1u 1m 0 1u uic"))
    assert "vector nope is not available" in failure(tmp_path, deck(CIRCUIT, "tran 1u 1m 0 1u uic", "v(in) v(nope)"))
    assert "no usable waveforms.raw" in failure(tmp_path, deck(CIRCUIT, "ac dec 10 1 1k"))


def test_crash_of_ngspice_itself(tmp_path: Path) -> None:
    message = failure(tmp_path, "", simulator=script(tmp_path, "kill -ABRT $$"))
    assert "killed by SIGABRT" in message and "parenthesis" in message
    message = failure(tmp_path, "", simulator=script(tmp_path, "echo PTerror: syntax error; kill -ABRT $$"))
    assert "PTerror: syntax error; then ngspice was killed by SIGABRT" in message


def test_a_run_shorter_than_the_span(tmp_path: Path) -> None:
    assert "stopped at t = 1 ms of 2 ms" in failure(tmp_path, step(1e-3, 1e-5), 2e-3)


def test_a_stale_raw_file_is_not_taken_for_the_result(tmp_path: Path) -> None:
    Ngspice(keep_raw=True).run(step(RC, RC / 10), span=RC, folder=tmp_path)
    assert "no usable waveforms.raw" in failure(tmp_path, step(RC, RC / 10), RC, script(tmp_path, "exit 0"))


def test_values_that_are_no_numbers(tmp_path: Path) -> None:
    header = "Title: t\nPlotname: Transient Analysis\nFlags: real\nNo. Variables: 2\nNo. Points: 2\nVariables:\n"
    block = np.array([[0.0, 1.0], [1e-3, np.nan]]).tobytes()
    (tmp_path / "ready").write_bytes(f"{header}\t0\ttime\ttime\n\t1\tv(u)\tvoltage\nBinary:\n".encode() + block)
    message = failure(tmp_path, "", simulator=script(tmp_path, "cp ready waveforms.raw"))
    assert "node 'u' is not a finite number from t = 1 ms" in message


@pytest.mark.parametrize("name", ["netlist.cir", "ngspice.log", "side.txt"])
def test_a_full_disk_is_named_with_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left on device") as caught:
        Ngspice().run(step(RC, RC / 10), span=RC, folder=tmp_path, files={"side.txt": "0 1\n"})
    assert caught.value.where == str(tmp_path / name)
    assert "the disk mounted at /" in str(caught.value.hint) and "is full" in str(caught.value.hint)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write here: Not a directory"):
        Ngspice().run("", span=1, folder=tmp_path / "file" / "in")


def test_an_executable_that_does_not_start(tmp_path: Path) -> None:
    simulator = script(tmp_path, "")
    (tmp_path / "fake").write_text("#!/no/such/shell\n")
    with pytest.raises(SimulationError, match="fake cannot be started: No such file"):
        simulator.run("", span=1, folder=tmp_path)


def test_a_raw_file_that_cannot_be_read(tmp_path: Path) -> None:
    message = failure(tmp_path, "", simulator=script(tmp_path, "mkdir waveforms.raw"))
    assert "the raw file cannot be read: Is a directory" in message
