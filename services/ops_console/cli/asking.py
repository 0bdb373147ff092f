"""Before and while a command does much: a question that scripts answer with ``--yes``, and how far it is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final, Protocol

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
_YES: Final = frozenset({"y", "yes", "j", "ja"})


def confirm(question: str, *, yes: bool) -> None:
    """Go on only where the person says yes; what is asked goes to stderr, so that ``--json`` stays JSON.

    Raises:
        BadParameter: nobody is there to be asked, and ``--yes`` was not said: exit code 2.
        Exit: the person said no: exit code 1.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"{question} Nobody is here to answer: say --yes.", param_hint="--yes")
    # Not typer.confirm: it writes a blank to stdout also with err=True.
    typer.echo(f"{question} [y/N] ", nl=False, err=True)
    if sys.stdin.readline().strip().lower() not in _YES:
        raise typer.Exit(1)


class Bar(Protocol):
    """How far it is."""

    def __call__(self, done: int, total: int, text: str = "") -> None:
        """``done`` of ``total``; ``text`` says in what state."""
        ...


@contextmanager
def progress(what: str, *, quiet: bool = False) -> Iterator[Bar]:
    """A bar on stderr while long work goes on; without a terminal, or where ``quiet``, it prints nothing."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[text]}"),
    )
    screen = Console(stderr=True, highlight=False)
    with Progress(*columns, console=screen, disable=quiet or not screen.is_terminal) as bars:
        task = bars.add_task(escape(what), total=None, text="")

        def show(done: int, total: int, text: str = "") -> None:
            bars.update(task, completed=done, total=total, text=escape(text))

        yield show


def reasoned(reason: str) -> str:
    """A person's reason, as it was said. Raises BadParameter where it is blank."""
    if not reason.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    return reason
