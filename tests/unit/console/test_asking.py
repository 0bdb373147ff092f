"""What a command asks before it does much, and how it shows that it goes on."""

import io
import sys
from typing import Any

import pytest
import typer

from services.ops_console.cli.asking import confirm, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def answering(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(words))


def test_a_script_that_did_not_say_yes_is_a_wrong_call_and_does_nothing(monkeypatch: Any) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(typer.BadParameter, match="--yes") as refused:
        confirm("Replay 3?", yes=False)
    assert refused.value.exit_code == 2


def test_a_script_that_says_yes_is_not_asked(monkeypatch: Any) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    confirm("Replay 3?", yes=True)


def test_a_person_s_no_ends_it_and_their_yes_goes_on(monkeypatch: Any, capsys: Any) -> None:
    answering(monkeypatch, "n\n")
    with pytest.raises(typer.Exit) as ended:
        confirm("Replay 3?", yes=False)
    assert ended.value.exit_code == 1
    answering(monkeypatch, "y\n")
    confirm("Replay 3?", yes=False)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Replay 3?" in shown.err


def test_a_bar_leaves_the_output_of_a_script_alone(capsys: Any) -> None:
    with progress("Replay [nightly]") as show:
        show(1, 3, "running")
        show(3, 3, "done")
    assert capsys.readouterr().out == ""
