"""What the pages say: in both languages, each text in one file, and none that is asked for is missing."""

import re
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest

from services.ops_console.routes.web import words
from services.ops_console.routes.web.navigation import NAVIGATION
from services.ops_console.routes.web.words import Words

TEMPLATES = Path(words.__file__).parents[3] / "templates"
ASKED = re.compile(r"""\bt\("([^"]+)"[,)]""")


def holes(text: str) -> set[str | None]:
    return {hole for _, hole, _, _ in Formatter().parse(text)} - {None}


@pytest.mark.parametrize("key", sorted(words._ALL))
def test_each_text_is_there_in_both_languages_with_the_same_holes(key: str) -> None:
    english, german = words._ALL[key]
    assert english.strip()
    assert german.strip()
    assert holes(english) == holes(german)


def test_each_key_stands_in_one_file() -> None:
    told = Counter(key for part in words._PARTS for key in (*part.WORDS, *getattr(part, "NOTICES", {})))
    assert [key for key, times in told.items() if times > 1] == []


def test_no_page_asks_for_a_text_that_is_not_there() -> None:
    asked = {key for page in TEMPLATES.glob("*.html") for key in ASKED.findall(page.read_text())}
    assert {key for key in asked if key not in words._ALL} == set()


def test_every_page_of_the_navigation_has_a_name_and_a_key_of_its_own() -> None:
    assert [entry.word for entry in NAVIGATION if Words("de")(entry.word) == entry.word] == []
    keys = Counter(entry.key for entry in NAVIGATION)
    assert max(keys.values()) == 1
    assert all(re.fullmatch("[a-z]", key) for key in keys)
