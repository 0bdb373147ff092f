"""The README names every variable, every command and every page of the documentation that there is."""

import re
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def readme(checkout: Path) -> str:
    return (checkout / "README.md").read_text()


def test_it_names_every_variable_of_a_service(readme: str, checkout: Path) -> None:
    example = (checkout / "infra" / ".env.example").read_text()
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", readme))
    assert set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) <= named


def test_it_names_every_command_that_is_more_than_a_step_of_another(readme: str, checkout: Path) -> None:
    makefile = (checkout / "Makefile").read_text()
    commands = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    assert commands - {"install"} <= set(re.findall(r"`make ([a-z]+)`", readme))


def test_it_leads_to_every_page_and_names_every_folder(readme: str, checkout: Path) -> None:
    for page in (checkout / "docs").glob("*.md"):
        assert f"](docs/{page.name})" in readme, page.name
    infra = next(line for line in readme.splitlines() if line.startswith("| `infra`"))
    kinds = [path for path in (checkout / "infra").iterdir() if not path.name.startswith(("_", "."))]
    for kind in kinds:
        assert kind.name.split(".")[0] in infra, kind.name
