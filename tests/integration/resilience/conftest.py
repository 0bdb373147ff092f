"""Fixtures of the circuits' tests."""

from tests.integration.resilience.bench import database, processes

__all__ = ["database", "processes"]
