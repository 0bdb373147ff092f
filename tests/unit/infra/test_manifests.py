"""The compose file and the manifests run every service, with each variable it needs and no secret in them."""

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from services.notifier.settings import Settings as NotifierSettings
from services.ops_console.settings import ConsoleSettings
from services.provisioner.settings import Settings as ProvisionerSettings
from services.syncer.settings import SyncerSettings
from services.voice_tools.settings import VoiceSettings
from services.webhook_ingest.settings import IngestSettings
from shared.settings import ServiceSettings

SETTINGS: dict[str, type[ServiceSettings]] = {
    "webhook_ingest": IngestSettings,
    "provisioner": ProvisionerSettings,
    "syncer": SyncerSettings,
    "voice_tools": VoiceSettings,
    "notifier": NotifierSettings,
    "ops_console": ConsoleSettings,
}
#: By the name under which others reach it: a host name has no underscore.
HOSTS = {name.replace("_", "-"): name for name in SETTINGS}
PASSWORD = re.compile(r"://[^:/\s]*:([^@\s]+)@")

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def compose(checkout: Path) -> Manifest:
    loaded: Manifest = yaml.safe_load((checkout / "infra" / "compose.yaml").read_text())
    return loaded


@pytest.fixture(scope="module")
def manifests(checkout: Path) -> list[Manifest]:
    """What `kubectl apply -k` sends: the resources, with the common part merged into each Deployment."""
    folder = checkout / "infra" / "kubernetes"
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    (patch,) = kustomization["patches"]
    common = yaml.safe_load((folder / patch["path"]).read_text())
    del common["metadata"]["name"]
    resources = [one for file in kustomization["resources"] for one in _documents(folder / file)]
    return [_merged(one, common) if one["kind"] == patch["target"]["kind"] else one for one in resources]


@pytest.fixture(scope="module")
def deployments(manifests: list[Manifest]) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one["spec"] for one in _of_kind(manifests, "Deployment")}


@pytest.fixture(scope="module")
def secret(checkout: Path) -> dict[str, str]:
    (document,) = _documents(checkout / "infra" / "kubernetes" / "secret.example.yaml")
    data: dict[str, str] = document["stringData"]
    return data


def _documents(file: Path) -> list[Manifest]:
    return list(yaml.safe_load_all(file.read_text()))


def _of_kind(manifests: list[Manifest], kind: str) -> list[Manifest]:
    return [one for one in manifests if one["kind"] == kind]


def _merged(ours: Any, patch: Any) -> Any:
    """A strategic merge, as far as our patch needs it: lists of named things are merged by name."""
    if isinstance(ours, dict) and isinstance(patch, dict):
        both = {key: _merged(ours[key], patch[key]) for key in ours.keys() & patch.keys()}
        return {**ours, **patch, **both}
    if isinstance(ours, list) and all("name" in one for one in [*ours, *patch]):
        named = {one["name"]: one for one in patch}
        merged = [_merged(one, named.pop(one["name"], one)) for one in ours]
        return [*merged, *named.values()]
    return patch


def _commands(compose: Manifest, deployments: dict[str, Manifest]) -> Iterator[tuple[str, list[str]]]:
    for host in HOSTS:
        yield host, compose["services"][host]["command"]
        yield host, deployments[host]["template"]["spec"]["containers"][0]["command"]


def test_every_service_runs_in_both(compose: Manifest, deployments: dict[str, Manifest]) -> None:
    assert set(deployments) == set(HOSTS)
    for host, command in _commands(compose, deployments):
        assert command == ["python", "-m", f"services.{HOSTS[host]}"]
        assert importlib.util.find_spec(f"{command[2]}.__main__")


def test_the_schema_is_made_by_the_command_that_exists(compose: Manifest, manifests: list[Manifest]) -> None:
    (job,) = _of_kind(manifests, "Job")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["command"] == compose["services"]["migrate"]["command"]
    assert importlib.util.find_spec(container["command"][2])


@pytest.mark.parametrize("host", HOSTS)
def test_a_pod_has_all_the_variables_that_its_service_needs(
    host: str, manifests: list[Manifest], secret: dict[str, str], deployments: dict[str, Manifest]
) -> None:
    (config,) = _of_kind(manifests, "ConfigMap")
    fields = SETTINGS[HOSTS[host]].model_fields
    needed = {name.upper() for name, field in fields.items() if field.is_required()}
    assert needed <= set(config["data"]) | set(secret)
    (container,) = deployments[host]["template"]["spec"]["containers"]
    sources = [next(iter(source.values()))["name"] for source in container["envFrom"]]
    assert sources == [config["metadata"]["name"], "askpro"]


def test_what_is_secret_stands_in_the_secret_alone_and_is_empty(
    manifests: list[Manifest], secret: dict[str, str]
) -> None:
    (config,) = _of_kind(manifests, "ConfigMap")
    fields = {
        name.upper(): field for model in SETTINGS.values() for name, field in model.model_fields.items()
    }
    hidden = {name for name, field in fields.items() if SecretStr.__name__ in str(field.annotation)}
    assert set(secret) == hidden
    assert not any(secret.values())
    assert not hidden & set(config["data"])
    assert set(config["data"]) <= set(fields)


def test_the_compose_file_holds_no_password(compose: Manifest) -> None:
    text = json.dumps(compose)
    assert all(password.startswith("${") for password in PASSWORD.findall(text))
    variables = [
        pair for service in compose["services"].values() for pair in service.get("environment", {}).items()
    ]
    assert all(str(value).startswith("${") for name, value in variables if "PASS" in name)


def test_a_pod_is_asked_whether_it_lives_and_drains_in_time(deployments: dict[str, Manifest]) -> None:
    for spec in deployments.values():
        pod = spec["template"]["spec"]
        (container,) = pod["containers"]
        assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
        assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
        assert pod["terminationGracePeriodSeconds"] == 30
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}


def test_nothing_runs_as_root_or_writes_to_its_image(
    manifests: list[Manifest], compose: Manifest, checkout: Path
) -> None:
    for workload in [*_of_kind(manifests, "Deployment"), *_of_kind(manifests, "Job")]:
        pod = workload["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert all(compose["services"][host]["read_only"] for host in HOSTS)
    assert re.search(r"^USER 10001:10001$", (checkout / "infra" / "Dockerfile").read_text(), re.MULTILINE)


def test_selectors_find_the_pods(manifests: list[Manifest], deployments: dict[str, Manifest]) -> None:
    for kind in ("Service", "PodDisruptionBudget"):
        found = {one["metadata"]["name"]: one["spec"]["selector"] for one in _of_kind(manifests, kind)}
        assert set(found) == set(deployments)
        for name, selector in found.items():
            wanted = selector.get("matchLabels", selector)
            assert wanted.items() <= deployments[name]["template"]["metadata"]["labels"].items()


def test_a_proxy_lets_through_what_a_service_takes(manifests: list[Manifest]) -> None:
    limits = {"webhook-ingest": "ingest_max_body_bytes", "voice-tools": "voice_max_body_bytes"}
    ingresses = {one["metadata"]["name"]: one for one in _of_kind(manifests, "Ingress")}
    for name, field in limits.items():
        size = ingresses[name]["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"]
        default = SETTINGS[HOSTS[name]].model_fields[field].default
        assert int(size.removesuffix("m")) * 1024 * 1024 == default


def test_an_ingress_leads_to_a_service_and_to_a_path_that_it_serves(manifests: list[Manifest]) -> None:
    served = {
        "webhook-ingest": {"/webhooks", "/events"},
        "voice-tools": {"/functions", "/calls/inbound"},
        "ops-console": {"/"},
    }
    for ingress in _of_kind(manifests, "Ingress"):
        for path in ingress["spec"]["rules"][0]["http"]["paths"]:
            assert path["path"] in served[path["backend"]["service"]["name"]]
