"""Whoever was let in lately is let see the health page while the database is away, and nobody else."""

from services.ops_console.handlers.acquaintances import Acquaintances
from services.ops_console.store.operators import Person

ERNA = Person("erna", "viewer")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_who_showed_the_same_lately_is_recalled_for_five_minutes() -> None:
    clock = Clock()
    known = Acquaintances(clock=clock)
    known.met("Basic abc", ERNA)
    clock.now += 299
    assert known.recall("Basic abc", "10.0.0.1") == ERNA
    clock.now += 2
    assert known.recall("Basic abc", "10.0.0.1") is None


def test_another_password_and_a_session_that_ended_are_not_recalled() -> None:
    known = Acquaintances()
    known.met("Basic abc", ERNA)
    known.met("cookie", ERNA)
    known.forget("cookie")
    assert known.recall("Basic abd", "10.0.0.1") is None
    assert known.recall("cookie", "10.0.0.1") is None


def test_who_guesses_too_often_finds_nobody_for_a_quarter_of_an_hour() -> None:
    clock = Clock()
    known = Acquaintances(clock=clock)
    for number in range(10):
        assert known.recall(f"Basic guess {number}", "10.0.0.9") is None
    clock.now += 700
    known.met("Basic abc", ERNA)
    assert known.recall("Basic abc", "10.0.0.9") is None
    assert known.recall("Basic abc", "10.0.0.1") == ERNA
    clock.now += 201
    assert known.recall("Basic abc", "10.0.0.9") == ERNA


def test_what_was_shown_is_not_kept() -> None:
    known = Acquaintances()
    known.met("Basic c2VjcmV0", ERNA)
    assert "c2VjcmV0" not in repr(vars(known))


def test_the_memory_is_bounded() -> None:
    known = Acquaintances()
    for number in range(3000):
        known.met(f"Basic {number}", ERNA)
        known.recall("Basic wrong", f"address {number}")
    assert max(len(known._people), len(known._misses)) == 1000
