"""Which Node.js runs Prism. The other one, of a wheel, is fetched where this finds none."""

from pathlib import Path

import pytest

from tests.contract.installation import installed_node


def _program(folder: Path, name: str, says: str) -> str:
    program = folder / name
    program.write_text(f"#!/bin/sh\necho {says}\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(("version", "is_used"), [("v18.20.1", True), ("v24.0.0", True), ("v18.9.9", False)])
def test_a_node_that_is_too_old_for_prism_is_not_used(
    version: str, is_used: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, npm = _program(tmp_path, "node", version), _program(tmp_path, "npm", "11.0.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = installed_node()
    assert (found is not None) is is_used
    assert found is None or (str(found.program), found.npm) == (node, (npm,))


def test_a_node_without_npm_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path, "node", "v24.0.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert installed_node() is None
