"""What ends a circuit's being open, in words: for pages in the reader's language, for the API in English."""

from services.ops_console.routes.web.words import Words
from shared.resilience.circuit_state import CircuitState

ENGLISH = Words("en")


def ending(state: CircuitState, words: Words = ENGLISH) -> str | None:
    """For a person; None where nothing holds calls back."""
    if state.is_forced:
        return _of_word(state, words)
    if state.state == "closed":
        return None
    if state.rest_left is None:
        return words("ends.person")
    left = f"{max(0.0, state.rest_left):.0f}"
    if state.kind == "credential":
        return words("ends.time", left)
    if (state.probe_left or 0.0) > 0:
        return words("ends.probing", state.probe_by)
    return words("ends.next") if state.rest_left <= 0 else words("ends.probe", left)


def _of_word(state: CircuitState, words: Words) -> str:
    if state.forced_until is None:
        return words("ends.word", state.forced_by)
    return words("ends.word_at", state.forced_by, f"{state.forced_until:%Y-%m-%d %H:%M}")
