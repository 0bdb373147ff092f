"""What a company's subscriptions say together."""

import pytest

from services.syncer.merge.standing import standing_of


@pytest.mark.parametrize(
    ("statuses", "standing"),
    [
        (("active",), "paid"),
        (("trialing", "canceled"), "paid"),
        (("canceled", "unpaid", "incomplete_expired"), "lost"),
        (("canceled", "past_due"), "owing"),
        (("incomplete",), "owing"),
        (("paused", "unpaid"), "owing"),
        (("a status of next year", "canceled"), "owing"),
        ((), "owing"),
    ],
)
def test_the_best_subscription_counts_and_none_is_no_reason_to_suspend(
    statuses: tuple[str, ...], standing: str
) -> None:
    assert standing_of(statuses) == standing
