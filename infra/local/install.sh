#!/bin/sh
# Makes .venv with everything that the locks in requirements/ name; instant when nothing changed.
set -eu
cd "$(dirname "$0")/../.."
: "${HOME:=$PWD/.cache}"
export HOME
LOG=.local/log/install.log
STAMP=.venv/.installed

fail() {
    echo
    echo "Failed: $1"
    echo "  What to do: $2"
    exit 1
}

step() {
    echo "  [$1/4] $2 ..."
    shift 2
    "$@" >>"$LOG" 2>&1 </dev/null || {
        tail -n 15 "$LOG" | sed 's/^/    /'
        fail "the step above." "read $LOG; check that the package index can be reached; then run the same command again"
    }
}

python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

# Changes when a lock, the project's own metadata, the Python or the place of the checkout does.
fingerprint() {
    { cat requirements/*.txt pyproject.toml; .venv/bin/python -VV; pwd -P; } | cksum
}

installed() {
    [ -x .venv/bin/askpro ] && [ "$(cat "$STAMP" 2>/dev/null)" = "$(fingerprint)" ]
}

# One that fits is kept: processes may be running from it.
create_venv() {
    usable_venv && return
    rm -rf .venv
    if "$PYTHON_FOUND" -c 'import ensurepip' 2>/dev/null; then
        "$PYTHON_FOUND" -m venv .venv
    else
        create_venv_from_wheel
    fi
}

usable_venv() {
    .venv/bin/python -c 'import os, pip, sys
sys.exit(sys.version_info < (3, 11) or not os.path.samefile(sys.prefix, ".venv"))' 2>/dev/null
}

# Debian keeps the part of venv that brings pip in a package of its own. pip's wheel does as well, without root.
create_venv_from_wheel() {
    "$PYTHON_FOUND" -m venv --without-pip .venv && fetch_pip_wheel || return
    wheel=$(ls "$PWD"/.local/pip/usr/share/python-wheels/pip-*.whl) || return
    .venv/bin/python "$wheel/pip" install --no-index "$wheel"
}

fetch_pip_wheel() (
    rm -rf .local/pip
    mkdir -p .local/pip/lists/partial .local/pip/archives/partial
    # Relative paths, as apt would split one with a space.
    cd .local/pip || exit
    set -- -o Dir::State::Lists=./lists -o Dir::Cache=./ -o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)"
    apt-get "$@" update
    apt-get "$@" download python3-pip-whl && dpkg-deb -x python3-pip-whl_*.deb .
)

install_uv() {
    sed -n '/^uv==/,/[^\\]$/p' requirements/local.txt >.venv/uv.txt &&
        .venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r .venv/uv.txt
}

sync_locked() {
    .venv/bin/uv pip sync --python .venv/bin/python --require-hashes requirements/runtime.txt requirements/local.txt \
        requirements/dev.txt
}

install_project() {
    .venv/bin/uv pip install --python .venv/bin/python --no-deps --no-build-isolation -e .
    # Compiles what the services import, once: six of them starting side by side would each do it all.
    # What does not import is told by whoever needs it, not here.
    .venv/bin/python -c 'import services.ops_console.app, services.notifier.app, services.syncer.app' || true
    .venv/bin/python -c 'import services.provisioner.app, services.voice_tools.app, infra.simulators.runner' || true
}

install_all() {
    echo "Installing into .venv with $("$PYTHON_FOUND" -V) (details in $LOG)"
    : >"$LOG"
    step 1 "creating the virtual environment" create_venv
    step 2 "installing uv" install_uv
    step 3 "installing the locked packages" sync_locked
    step 4 "installing this project" install_project
    fingerprint >"$STAMP"
}

umask 022
mkdir -p .local/log
chmod 700 .local
PYTHON_FOUND=$(python)
[ -n "$PYTHON_FOUND" ] || fail "Python 3.11 or newer was not found." "install it (Debian, Ubuntu: apt-get install python3)"
"$PYTHON_FOUND" -c 'import venv' 2>/dev/null || fail "Python's module venv is missing." "apt-get install python3-venv"
if ! "$PYTHON_FOUND" -c 'import ensurepip' 2>/dev/null && ! command -v apt-get >/dev/null; then
    fail "Python's module ensurepip is missing." "install the package python3-venv of your system"
fi
# Without the variables of a login shell uv would not find the certificates that the system trusts.
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
    export UV_SYSTEM_CERTS=true
fi

# One at a time; the lock goes when this process ends.
if command -v flock >/dev/null; then
    exec 9>.local/install.lock
    flock 9
fi
installed || install_all
