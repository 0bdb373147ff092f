"""The console, and a real browser that looks at it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from infra.local.chromium import chromium
from tests.integration.console.bench import PASSWORD, Bench, bench, company, make_event, provider_urls

__all__ = ["bench", "company", "make_event", "provider_urls"]
SCREENSHOTS = Path(__file__).resolve().parents[3] / "test-output" / "screenshots"


@dataclass
class Visit:
    """A browser's window; ``complaints`` are errors of scripts and breaches of the security policy."""

    page: Page
    context: BrowserContext
    url: str
    complaints: list[str]

    async def log_in(self, name: str = "admin", path: str = "/") -> None:
        await self.page.goto(self.url + path)
        await self.page.fill("input[name=name]", name)
        await self.page.fill("input[name=password]", PASSWORD)
        await self.page.click("main button")
        await self.page.wait_for_url(re.compile(re.escape(self.url + path)))

    async def keep(self, name: str) -> None:
        """A screenshot of the whole page, as output of the build."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name.strip('/').replace('/', '-') or 'overview'}.png"
        await self.page.screenshot(path=str(path), full_page=True)

    async def text(self) -> str:
        return await self.page.inner_text("main")


@pytest.fixture(scope="module")
async def chrome() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(chromium()), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


async def visiting(browser: Browser, bench: Bench, **options: Any) -> AsyncIterator[Visit]:
    context = await browser.new_context(locale="en-GB", **options)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None,
    )
    yield Visit(page, context, bench.url, complaints)
    await context.close()
    assert complaints == []


@pytest.fixture
async def visit(chrome: Browser, bench: Bench) -> AsyncIterator[Visit]:
    async for one in visiting(chrome, bench):
        yield one


@pytest.fixture
async def plain_visit(chrome: Browser, bench: Bench) -> AsyncIterator[Visit]:
    """Without JavaScript, on a phone."""
    async for one in visiting(
        chrome, bench, java_script_enabled=False, viewport={"width": 360, "height": 740}
    ):
        yield one
