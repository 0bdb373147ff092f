"""The installation's messages: what is missing, and what to do."""

import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def clone(tmp_path: Path, checkout: Path) -> Path:
    """What the installation needs of a checkout."""
    clone = tmp_path / "a clone"
    (clone / "infra" / "local").mkdir(parents=True)
    shutil.copy(checkout / "infra/local/install.sh", clone / "infra/local")
    shutil.copy(checkout / "pyproject.toml", clone)
    shutil.copytree(checkout / "requirements", clone / "requirements")
    return clone


def test_an_old_python_is_named_as_the_cause(clone: Path, tmp_path: Path) -> None:
    done = _install(clone, tools=_tools(tmp_path, python="exit 1"))
    assert done.returncode == 1
    assert "Python 3.11 or newer was not found" in done.stdout
    assert "apt-get install python3" in done.stdout


def test_a_missing_venv_module_is_named_with_its_package(clone: Path, tmp_path: Path) -> None:
    no_venv = 'case "$*" in *venv*|*ensurepip*) exit 1;; *) exit 0;; esac'
    done = _install(clone, tools=_tools(tmp_path, python=no_venv))
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stdout


def test_a_failing_step_shows_its_last_lines_and_where_to_read_more(clone: Path, tmp_path: Path) -> None:
    broken_venv = 'case "$*" in *"-m venv"*) echo "no space left"; exit 1;; *) exit 0;; esac'
    done = _install(clone, tools=_tools(tmp_path, python=broken_venv))
    assert done.returncode == 1
    assert "creating the virtual environment" in done.stdout
    assert "no space left" in done.stdout
    assert ".local/log/install.log" in done.stdout


def _tools(tmp_path: Path, python: str) -> Path:
    """A PATH on which every python is this script."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        (folder / name).write_text(f"#!/bin/sh\n{python}\n")
        (folder / name).chmod(0o755)
    for name in ("sh", "cat", "cksum", "dirname", "mkdir", "chmod", "rm", "sed", "tail", "flock", "apt-get"):
        (folder / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    return folder


def _install(clone: Path, tools: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(tools), "HOME": str(clone)}
    return subprocess.run(
        ["/bin/sh", "infra/local/install.sh"],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
