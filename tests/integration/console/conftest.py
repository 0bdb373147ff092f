"""Fixtures of the console's tests."""

from tests.integration.console.bench import bench, company, make_event, provider_urls

__all__ = ["bench", "company", "make_event", "provider_urls"]
