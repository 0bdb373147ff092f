"""Rules and dashboard ask for metrics that the code has, by labels that these metrics have."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import prometheus_client
import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

import services
import shared

SERIES = re.compile(r"\b(askpro_[a-z_]+)(?:\{([^}]*)\})?")
RECORDED = re.compile(r"\baskpro:[a-z_:0-9]+")
LABEL = re.compile(r"([a-z_]+)\s*(?:=~|!~|!=|=)")
BY = re.compile(r"\bby \(([a-z_, ]+)\)")
#: Given by the scrape, or by a histogram.
ALWAYS = {"job", "service", "instance", "le"}
SUFFIXES = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",), "gauge": ("",)}


@pytest.fixture(scope="module")
def metrics() -> Mapping[str, set[str]]:
    """The series that the processes may have, and their labels."""
    for package in (services, shared):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found = [one for one in REGISTRY._collector_to_names if isinstance(one, MetricWrapperBase)]
    return {one._name + suffix: set(one._labelnames) for one in found for suffix in SUFFIXES[str(one._type)]}


@pytest.fixture(scope="module")
def rules(checkout: Path) -> list[dict[str, Any]]:
    files = ("recording.yaml", "alerts.yaml")
    loaded = [yaml.safe_load((checkout / "infra" / "prometheus" / file).read_text()) for file in files]
    return [rule for file in loaded for group in file["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def dashboard(checkout: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((checkout / "infra" / "grafana" / "askpro.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def questions(rules: list[dict[str, Any]], dashboard: dict[str, Any]) -> list[str]:
    return [rule["expr"] for rule in rules] + list(_targets(dashboard))


def _targets(dashboard: dict[str, Any]) -> Iterator[str]:
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]


def test_only_metrics_are_asked_for_that_the_code_has(
    questions: list[str], metrics: Mapping[str, set[str]]
) -> None:
    asked = {name for question in questions for name, _ in SERIES.findall(question)}
    assert asked
    assert asked <= set(metrics)


def test_only_labels_are_asked_for_that_the_metric_has(
    questions: list[str], metrics: Mapping[str, set[str]]
) -> None:
    for question in questions:
        series = SERIES.findall(question)
        for name, matchers in series:
            assert set(LABEL.findall(matchers)) <= metrics[name] | ALWAYS, question
        known = set().union(*(metrics[name] for name, _ in series)) | ALWAYS
        for labels in BY.findall(question):
            assert {label.strip() for label in labels.split(",")} <= known, question


def test_every_metric_of_ours_is_on_the_dashboard(
    dashboard: dict[str, Any], metrics: Mapping[str, set[str]]
) -> None:
    shown = {name for question in _targets(dashboard) for name, _ in SERIES.findall(question)}
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in metrics if name.startswith("askpro_")}
    assert families <= {re.sub(r"_(bucket|count|sum)$", "", name) for name in shown}


def test_a_limit_in_seconds_is_a_bucket(questions: list[str]) -> None:
    from shared.observability.metrics import BUCKETS

    limits = {float(limit) for question in questions for limit in re.findall(r'le="([^"]+)"', question)}
    assert limits
    assert limits <= set(BUCKETS)


def test_what_is_recorded_is_what_is_asked_for(rules: list[dict[str, Any]], questions: list[str]) -> None:
    recorded = {rule["record"] for rule in rules if "record" in rule}
    assert {name for question in questions for name in RECORDED.findall(question)} == recorded


def test_each_alert_says_how_urgent_it_is_and_what_to_do(rules: list[dict[str, Any]]) -> None:
    alerts = [rule for rule in rules if "alert" in rule]
    assert len({alert["alert"] for alert in alerts}) == len(alerts)
    for alert in alerts:
        assert alert["labels"]["severity"] in {"critical", "warning"}
        assert set(alert["annotations"]) == {"summary", "description"}


def test_metrics_of_the_process_itself_are_those_of_the_library(questions: list[str]) -> None:
    exposed = prometheus_client.generate_latest().decode()
    for name in {name for question in questions for name in re.findall(r"\bprocess_[a-z_]+", question)}:
        assert name in exposed
