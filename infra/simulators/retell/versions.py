"""Assets with versions: one draft at the top, published versions that never change again."""

import secrets
import string
from typing import Any

from infra.simulators.retell.errors import Refusal, unknown_asset
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_LETTERS = string.ascii_letters + string.digits


def new_id(prefix: str, length: int) -> str:
    """An opaque id as Retell makes them."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))


def create(simulator: Simulator, kind: str, asset_id: str, workspace: str, fields: Document) -> Document:
    """A new asset with the draft version 0."""
    version = _version(simulator, fields, 0)
    asset = {"id": asset_id, "workspace": workspace, "versions": [version]}
    return simulator.store.put(kind, asset_id, asset)


def _version(simulator: Simulator, fields: Document, number: int) -> Document:
    return {
        **fields,
        "version": number,
        "is_published": False,
        "last_modification_timestamp": simulator.clock.milliseconds(),
    }


def asset_of(simulator: Simulator, kind: str, asset_id: str, workspace: str) -> Document:
    """422 for an unknown id and for another workspace's."""
    asset = simulator.store.get(kind, asset_id)
    if asset is None or asset["workspace"] != workspace:
        raise unknown_asset()
    return asset


def version_of(asset: Document, wanted: Any) -> Document:
    """None and "latest" are the newest, "latest_published" the newest published one, else a number."""
    versions: list[Document] = asset["versions"]
    if wanted is None or wanted in ("", "latest"):
        return versions[-1]
    if wanted == "latest_published":
        versions = [each for each in versions if each["is_published"]]
    else:
        versions = [each for each in versions if str(each["version"]) == str(wanted)]
    if not versions:
        raise unknown_asset()
    return versions[-1]


def edit(simulator: Simulator, kind: str, asset: Document, wanted: Any, changes: Document) -> Document:
    """Changes the draft; a published version is refused with 400."""
    version = version_of(asset, wanted)
    if version["is_published"]:
        noun = {"agents": "agent", "llms": "Retell LLM"}[kind]
        raise Refusal(400, f"Cannot update published {noun}")
    return replace(simulator, kind, asset, {**version, **changes})


def replace(simulator: Simulator, kind: str, asset: Document, version: Document) -> Document:
    """Stores the version in place of the one with its number."""
    version = {**version, "last_modification_timestamp": simulator.clock.milliseconds()}
    versions = [version if each["version"] == version["version"] else each for each in asset["versions"]]
    simulator.store.put(kind, asset["id"], {**asset, "versions": versions})
    return version


def branch(simulator: Simulator, kind: str, asset: Document, base: Document, changes: Document) -> Document:
    """A new draft, made of the base version."""
    number = asset["versions"][-1]["version"] + 1
    fields = {**base, **changes, "base_version": base["version"]}
    version = _version(simulator, fields, number)
    simulator.store.put(kind, asset["id"], {**asset, "versions": [*asset["versions"], version]})
    return version
