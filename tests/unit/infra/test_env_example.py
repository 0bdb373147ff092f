"""infra/.env.example names every variable that somebody reads, explains each, and shows the true default."""

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from shared.settings import DatabaseSettings, ServiceSettings

SERVICES = ("webhook_ingest", "provisioner", "syncer", "voice_tools", "notifier", "ops_console")
#: ``${NAME:?}``; ``$$NAME`` is for a shell in the container.
INTERPOLATED = re.compile(r"(?<!\$)\$\{([A-Z_]+)")


@pytest.fixture(scope="module")
def lines(checkout: Path) -> list[str]:
    return (checkout / "infra" / ".env.example").read_text().splitlines()


@pytest.fixture(scope="module")
def example(lines: list[str]) -> dict[str, str]:
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _read_by_services() -> dict[str, Any]:
    """Each variable with the default of a service that has one."""
    modules = [importlib.import_module(f"services.{name}.settings") for name in SERVICES]
    models: list[type[BaseSettings]] = [
        ServiceSettings,
        DatabaseSettings,
        *(model for module in modules for model in _models(module)),
    ]
    found: dict[str, Any] = {}
    for name, field in ((name, field) for model in models for name, field in model.model_fields.items()):
        found[name.upper()] = found.get(name.upper()) or (
            None if field.default is PydanticUndefined else field.default
        )
    return found


def _models(module: Any) -> list[type[BaseSettings]]:
    classes = [model for _, model in inspect.getmembers(module, inspect.isclass)]
    return [
        model for model in classes if issubclass(model, BaseSettings) and model.__module__ == module.__name__
    ]


def test_every_service_has_settings_of_its_own(checkout: Path) -> None:
    assert set(SERVICES) == {file.parent.name for file in (checkout / "services").glob("*/settings.py")}


def test_it_names_what_is_read_and_nothing_else(example: dict[str, str], checkout: Path) -> None:
    compose = set(INTERPOLATED.findall((checkout / "infra" / "compose.yaml").read_text()))
    assert set(example) == set(_read_by_services()) | compose


def test_each_variable_stands_once_below_one_line_that_explains_it(lines: list[str]) -> None:
    named = [number for number, line in enumerate(lines) if re.match(r"[A-Z_]+=", line)]
    assert len({lines[number].split("=")[0] for number in named}) == len(named)
    for number in named:
        assert re.match(r"# \S.*[.…]$", lines[number - 1]), lines[number]
        assert not lines[number - 2].startswith("# ") or lines[number - 2].startswith("# ---"), lines[number]


def test_it_shows_the_defaults_and_no_secret(example: dict[str, str]) -> None:
    for name, default in _read_by_services().items():
        is_plain = isinstance(default, str | int | float)
        assert example[name] == (str(default) if is_plain else ""), name
