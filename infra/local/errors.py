"""The one error of this package: a step that failed, with what a person can do about it."""


class LocalError(Exception):
    """A step of starting or stopping failed; `advice` says what to do, in words or as a command."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(f"{what}\n  What to do: {advice}")
        self.what = what
        self.advice = advice
