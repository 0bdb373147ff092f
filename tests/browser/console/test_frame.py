"""What stands around every page: keys, colours, language, and whether what is shown is fresh."""

from typing import Any


async def test_the_keyboard_opens_pages_and_tells_its_keys(visit: Any) -> None:
    await visit.log_in()
    await visit.page.keyboard.press("?")
    await visit.page.wait_for_selector("dialog[open] >> text=Dead letters")
    await visit.keep("keys")
    await visit.page.keyboard.press("Escape")
    await visit.page.keyboard.press("g")
    await visit.page.keyboard.press("e")
    await visit.page.wait_for_url("**/events")
    await visit.page.wait_for_selector("h1:text-is('Events')")
    await visit.page.keyboard.press("/")
    await visit.page.keyboard.type("g d")
    assert await visit.page.evaluate("document.activeElement.value") == "g d"
    assert visit.page.url.endswith("/events")


async def test_the_keyboard_goes_through_the_rows_of_a_list(visit: Any, bench: Any) -> None:
    for name in ("keyone", "keytwo"):
        await bench.http.post("/api/companies", json={"id": name, "name": f"Salon {name}"})
    await visit.log_in(path="/companies")
    first, second = (await visit.page.locator("tbody tr a").all_inner_texts())[:2]
    seen = []
    for key in ("j", "j", "k"):
        await visit.page.keyboard.press(key)
        seen.append(await visit.page.evaluate("document.activeElement.textContent"))
    assert seen == [first, second, first]


async def test_colours_and_language_are_a_choice_that_keeps_the_filter(visit: Any) -> None:
    await visit.log_in(path="/events")
    await visit.page.goto(f"{visit.url}/events?company=acme&type=booking.*")
    light = await visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    await visit.page.click("footer a:text-is('dark')")
    await visit.page.wait_for_selector("html[data-theme=dark]")
    assert await visit.page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    await visit.page.click("footer a:text-is('Deutsch')")
    await visit.page.wait_for_selector("html[lang=de][data-theme=dark]")
    assert await visit.page.input_value("input[name=company]") == "acme"
    assert await visit.page.input_value("input[name=type]") == "booking.*"
    await visit.keep("dark")
