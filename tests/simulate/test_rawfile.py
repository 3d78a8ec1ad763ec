"""The raw-file reader against files written here, byte by byte, and by ngspice."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vle_analog.errors import SimulationError
from vle_analog.simulate import Ngspice, read_raw


def raw(names: list[str], values: np.ndarray, flags: str = "real", points: int | None = None) -> bytes:
    """One plot as ngspice writes it; values of shape (points, variables)."""
    rows = "".join(f"\t{index}\t{name}\tvoltage\n" for index, name in enumerate(names))
    return (
        f"Title: * test\nDate: today\nPlotname: A plot\nFlags: {flags}\nNo. Variables: {len(names)}\n"
        f"No. Points: {len(values) if points is None else points}\nVariables:\n{rows}Binary:\n"
    ).encode() + values.tobytes()


def test_names_and_values(tmp_path: Path) -> None:
    names = ["time", "v(U)", "v(x1.y)", "i(v1)", "v1#branch", "v(a)-v(b)", "v(a:1)"]
    values = np.random.default_rng(1).normal(size=(5, len(names)))
    (tmp_path / "a.raw").write_bytes(raw(names, values))
    (plot,) = read_raw(tmp_path / "a.raw")
    assert (plot.title, plot.name) == ("* test", "A plot")
    assert plot.variables == ("time", "u", "x1.y", "i(v1)", "v1#branch", "v(a)-v(b)", "a:1")
    for index, name in enumerate(plot.variables):
        np.testing.assert_array_equal(plot.data[name], values[:, index])


def test_several_plots_real_and_complex(tmp_path: Path) -> None:
    real = np.arange(6.0).reshape(3, 2)
    phasors = np.array([[1, 2 + 3j], [10, 4 - 5j]])
    (tmp_path / "a.raw").write_bytes(
        raw(["time", "v(a)"], real)
        + b"\n"
        + raw(["frequency", "v(b)"], phasors, "complex")
        + raw(["time"], real[:0, :1])
    )
    first, second, third = read_raw(tmp_path / "a.raw")
    np.testing.assert_array_equal(first.data["a"], real[:, 1])
    np.testing.assert_array_equal(second.data["b"], phasors[:, 1])
    assert second.data["frequency"].dtype == np.float64
    assert third.data["time"].shape == (0,)


def test_plots_of_one_ngspice_run(tmp_path: Path) -> None:
    Ngspice(keep_raw=True).run(
        "* two\nv1 in 0 dc 1 ac 1\nr1 in out 1k\nc1 out 0 1u ic=0\n.control\nset filetype=binary\nset appendwrite\n"
        "ac dec 5 1 1k\nwrite waveforms.raw\ntran 10u 1m 0 10u uic\nwrite waveforms.raw v(out)\nquit\n.endc\n.end\n",
        span=1e-3,
        folder=tmp_path,
    )
    small_signal, transient = read_raw(tmp_path / "waveforms.raw")
    assert set(small_signal.data) == {"frequency", "in", "out", "i(v1)"} and len(small_signal.data["out"]) == 16
    assert transient.variables == ("time", "out")


def test_eighty_megabytes(tmp_path: Path) -> None:
    values = np.arange(1e7).reshape(-1, 10)
    names = ["time", *(f"v(n{index})" for index in range(9))]
    (tmp_path / "a.raw").write_bytes(raw(names, values))
    (plot,) = read_raw(tmp_path / "a.raw")
    np.testing.assert_array_equal(plot.data["n8"], values[:, 9])


def test_cut_short_names_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(raw(["time", "v(a)"], np.zeros((10, 2)))[:-30])
    with pytest.raises(SimulationError, match=r"160 bytes .* 130 are there"):
        read_raw(tmp_path / "a.raw")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"PK\x03\x04\xff\n\n", "not a raw file"),
        (b"Title: t\nPlotname: p\n", "ends inside a header"),
        (b"Title: t\nNo. Variables: 2\nNo. Points: 1\nVariables:\n\t0\ttime\ttime\n", "list of variables"),
        (b"Title: t\nNo. Variables: many\nVariables:\n", "no usable 'no. variables'"),
        (b"Title: t\nNo. Variables: 0\nBinary:\n", "no usable 'no. points'"),
        (b"Title: t\nNo. Variables: 1\nNo. Points: 1\nVariables:\n\t0\ttime\ttime\nValues:\n 0 1\n", "ASCII"),
        (raw(["time"], np.zeros((1, 1)), flags="real unpadded"), "unequal length"),
    ],
)
def test_what_is_no_binary_raw_file(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.raw"
    path.write_bytes(content)
    with pytest.raises(SimulationError, match=said) as caught:
        read_raw(path)
    assert str(path) in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="cannot be read"):
        read_raw(tmp_path / "none.raw")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (raw(["time"], np.zeros((1, 1)), points=-1), "no usable 'no. points'"),
        (raw(["time"], np.zeros((1, 1)), points=10**15), r"should have 8000000000000000 bytes .* 8 are there"),
        (raw(["time", "v(a)", "V(A)"], np.zeros((1, 3))), "two vectors of the raw file are called 'a'"),
        (b"Title: t\nNo. Variables: 1\nNo. Points: 1\nBinary:\n" + bytes(8), "counts 1 variables and lists 0"),
        (b"Title: t\nNo. Variables: 1000000000000\nVariables:\n", "list of variables"),
    ],
)
def test_a_header_that_does_not_fit_what_follows(tmp_path: Path, content: bytes, said: str) -> None:
    """It is refused before anything is read or made that is as large as it says."""
    path = tmp_path / "a.raw"
    path.write_bytes(content)
    with pytest.raises(SimulationError, match=said):
        read_raw(path)


_NAMES = st.from_regex(r"[a-z][a-z0-9_.:#]{0,8}", fullmatch=True)


@given(
    names=st.lists(_NAMES, min_size=1, max_size=6, unique=True),
    data=st.data(),
    kind=st.sampled_from([np.float64, np.complex128]),
    title=st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20).map(str.strip),
)
@settings(max_examples=50)
def test_what_is_written_is_read(
    names: list[str], data: st.DataObject, kind: type, title: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shape = st.tuples(st.integers(0, 5), st.just(len(names)))
    values = data.draw(arrays(kind, shape, elements=st.floats(width=64) if kind is np.float64 else None))
    flags = "real" if kind is np.float64 else "complex"
    content = raw([f"v({name})" for name in names], values, flags).replace(b"* test", title.encode())
    path = tmp_path_factory.getbasetemp() / "any.raw"
    path.write_bytes(content + b"\n" + content)
    for plot in read_raw(path):
        assert plot.variables == tuple(names) and plot.title == title
        for index, name in enumerate(names):
            wanted = values[:, index].real if name == "frequency" else values[:, index]
            np.testing.assert_array_equal(plot.data[name], wanted)
