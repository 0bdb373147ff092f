"""``--since``: a time or how long ago; anything else is a wrong call, never a stack trace."""

from datetime import UTC, datetime, timedelta

import pytest
import typer

from services.ops_console.cli.instants import instant


@pytest.mark.parametrize(("text", "ago"), [("30s", 30), ("10m", 600), ("2h", 7200), ("7d", 604_800)])
def test_how_long_ago_is_a_time(text: str, ago: int) -> None:
    found = instant(text)
    assert found is not None
    assert (
        abs(datetime.now(UTC) - timedelta(seconds=ago) - datetime.fromisoformat(found)).total_seconds() < 60
    )


@pytest.mark.parametrize(
    "text",
    [
        "99999999999d",
        "999999d",
        "²h",
        "٣½m",
        "9" * 5000 + "s",
        "yesterday",
        "",
        "d",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_what_is_no_time_of_ours_is_a_wrong_call(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="neither a time nor like 10m"):
        instant(text)
