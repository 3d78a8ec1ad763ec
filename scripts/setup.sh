# Sourced by scripts/demo and scripts/test (`bash scripts/setup.sh` works too): ngspice, Python >= 3.11, and
# .venv with this package and its tools, on a fresh Debian or Ubuntu. Safe to repeat and to interrupt; when all
# is in place it takes well under a second. Leaves $repo set and .venv first on PATH.
set -euo pipefail

repo="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
venv="$repo/.venv"
export LANG=C.UTF-8 LC_ALL=C.UTF-8 PYTHONUTF8=1 MPLBACKEND=Agg
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONHOME PYTHONPATH

step() { printf 'setup: %s\n' "$*" >&2; }
die() { printf 'setup: error: %s\n' "$*" >&2; exit 1; }

# quietly COMMAND...: its output appears only when it fails.
quietly() {
    local output status=0
    output="$("$@" 2>&1)" || status=$?
    ((status == 0)) || printf '%s\n' "$output" >&2
    return "$status"
}

# apt_install PACKAGE...: as root, else through sudo, else say what to type. dpkg needs the sbin folders.
apt_install() {
    local as_root=()
    command -v apt-get >/dev/null || die "please install $* with your system's package manager, then run this again"
    if ((EUID != 0)); then
        command -v sudo >/dev/null || die "not root and no sudo; run as root: apt-get update && apt-get install -y $*"
        as_root=(sudo)
    fi
    as_root+=(env DEBIAN_FRONTEND=noninteractive "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin")
    step "installing $* with apt"
    quietly "${as_root[@]}" apt-get update -qq || step "apt-get update failed; trying with the package lists at hand"
    quietly "${as_root[@]}" apt-get install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends "$@" ||
        die "apt-get install $* failed (see above)"
    hash -r
}

# find_python [MODULE]: the first interpreter with a supported version (numba sets the upper end) and that module.
find_python() {
    local name
    for name in python3 python3.11 python3.12 python3.13 python3.14; do
        if "$name" -c "import sys, ${1:-sys}
sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))" 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

make_venv() {
    local python
    command -v python3 >/dev/null || apt_install python3 python3-venv
    if ! python="$(find_python ensurepip)"; then
        python="$(find_python)" ||
            die "needs Python 3.11 to 3.14, found $(python3 --version 2>&1);" \
                "install a newer one, e.g. python3.12 and python3.12-venv"
        # Debian and Ubuntu keep ensurepip in a package of its own.
        apt_install "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
        python="$(find_python ensurepip)" || die "$python cannot make virtual environments: it has no ensurepip"
    fi
    step "making .venv with $("$python" --version)"
    # The mark goes in before anything that takes time, so that an interrupted .venv is seen as such.
    "$python" -m venv --clear --without-pip "$venv"
    : >"$venv/unfinished"
    quietly "$venv/bin/python" -m ensurepip --default-pip || die "could not install pip into .venv"
}

venv_is_sound() {
    [[ ! -e $venv/unfinished ]] || return 1
    # Scripts inside a virtual environment carry its path: a moved or copied one has to be made again.
    [[ ! -e $venv/stamp || "$(head -n 1 "$venv/stamp")" == "$venv" ]] || return 1
    "$venv/bin/python" -c 'import sys; sys.exit(sys.prefix == sys.base_prefix or sys.version_info < (3, 11))' \
        2>/dev/null && "$venv/bin/python" -m pip --version >/dev/null 2>&1
}

install_package() {
    step "installing vle-analog and its tools into .venv (the first time takes minutes)"
    rm -f "$venv/stamp"
    : >"$venv/unfinished"
    trap 'exit 130' INT TERM
    # Killed half-way, the mark stays and the next run starts afresh; if pip merely fails, .venv is still sound.
    if ! (cd "$repo" && "$venv/bin/python" -m pip install --quiet --progress-bar off --use-pep517 \
        --editable ".[dev]" >&2); then
        [[ ! -x $venv/bin/pytest ]] || rm -f "$venv/unfinished"
        die "pip could not install the package (see above); is the network reachable?"
    fi
    trap - INT TERM
    printf '%s\n' "$wanted" >"$venv/stamp"
    rm -f "$venv/unfinished"
}

# Two runs at once would write into the same .venv: the second waits for the first.
if command -v flock >/dev/null; then
    exec 9<"$repo"
    flock 9
fi
command -v ngspice >/dev/null || apt_install ngspice
if ! venv_is_sound; then
    [[ ! -e $venv ]] || step ".venv is incomplete or was moved; starting it afresh"
    make_venv
fi
wanted="$venv"$'\n'"$(cksum <"$repo/pyproject.toml")"
[[ -e $venv/stamp && "$(<"$venv/stamp")" == "$wanted" ]] || install_package
exec 9<&-

export VIRTUAL_ENV="$venv" PATH="$venv/bin:$PATH"
hash -r
step "ready: $("$venv/bin/python" --version), $(command -v ngspice)"
