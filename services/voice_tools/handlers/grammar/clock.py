"""The time of day in plain text → clocks, a span of the day; what was read is taken out of the text."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Final

Minutes = int
_HALF_DAY: Final = 12 * 60
_DAY: Final = 24 * 60
_LATEST: Final = time(23, 59)
#: By position in PARTS_OF_DAY, then the night; minutes from and until.
SPANS: Final = ((5 * 60, 12 * 60), (11 * 60, 14 * 60), (12 * 60, 18 * 60), (17 * 60, _DAY - 1), (0, _DAY - 1))
_MORNING, _NOON, _AFTERNOON, _EVENING, _NIGHT = range(5)


@dataclass(frozen=True, slots=True)
class Clock:
    """``early`` minutes after midnight; ``sure``: not twelve hours later."""

    early: Minutes
    sure: bool = False

    def readings(self) -> tuple[time, ...]:
        """What may be meant, the early one first."""
        both = (self.early,) if self.sure else (self.early % _HALF_DAY, self.early % _HALF_DAY + _HALF_DAY)
        return tuple(time(*divmod(minutes % _DAY, 60)) for minutes in both)


@dataclass(frozen=True, slots=True)
class Clocks:
    """``at``: each clock that was named. ``bounds``: from and until, where a span was.

    ``part``: index of SPANS. ``unclear``: a time was spoken of that no rule reads.
    """

    at: tuple[Clock, ...] = ()
    bounds: tuple[Clock | None, Clock | None] | None = None
    part: int | None = None
    unclear: bool = False

    @property
    def night(self) -> bool:
        """Small hours belong to the evening before as well."""
        return self.part == _NIGHT


_N: Final = r"(\d{1,2})"
#: A number before one of these is no clock.
_COUNTED: Final = (
    r"(?!\d|[.:]|st\b|nd\b|rd\b|th\b| ?(?:tag|woche|monat|jahr|stunde|minute|person|leute|mal\b|kind|"
    r"viertel|uhr|day|week|month|year|hour|people))"
)
_BARE: Final = rf"{_N}{_COUNTED}"
_BARE_OR_UHR: Final = rf"{_N}(?: uhr\b|{_COUNTED})"
_LIMITS: Final = "ab|nach|vor|bis|spätestens|frühestens|später als|früher als|after|before|until"
_Read = Callable[[re.Match[str]], Clock | None]


def _clock(hour: str | int, minute: str | int = 0, *, sure: bool = False) -> Clock | None:
    hours, minutes = int(hour), int(minute)
    if hours > 24 or minutes > 59:  # noqa: PLR2004
        return None
    return Clock((hours * 60 + minutes) % _DAY, sure=sure or hours > 12 or hours == 0)  # noqa: PLR2004


def _shifted(hour: str, minutes: int) -> Clock | None:
    named = _clock(hour)
    return named and Clock((named.early + minutes) % _DAY, sure=named.sure)


def _around(match: re.Match[str], base: str, offset: int) -> Clock | None:
    minutes = int(match["min"] or 0)
    return _shifted(base, offset + (minutes if match["dir"] in {"nach", "past", "after"} else -minutes))


def _with_half(match: re.Match[str]) -> Clock | None:
    hour, half = match["h"], match["half"].replace(".", "")
    read = _clock(int(hour) % 12 + (12 if half.startswith("p") else 0), match["m"] or 0)
    return read and replace(read, sure=True)


_ABOUT: Final = r"(?:circa |etwa |about |punkt |die )?"
_FROM: Final = r"(?P<min>\d{1,2}) (?:minuten |minutes )?(?P<dir>%s) "
#: The longest first: what one takes, no other reads again.
_RULES: Final[tuple[tuple[re.Pattern[str], _Read], ...]] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (
            rf"\b(?:um |gegen )?{_FROM % 'vor|nach'}halb (?P<h>\d{{1,2}})\b(?: uhr\b)?",
            lambda m: _around(m, m["h"], -30),
        ),
        (rf"\b(?:um |gegen )?halb {_N}\b(?: uhr\b)?", lambda m: _shifted(m[1], -30)),
        (rf"\b(?:um |gegen )?(?:dreiviertel|3 ?viertel) {_N}\b(?: uhr\b)?", lambda m: _shifted(m[1], -15)),
        (rf"\b(?:um |gegen )?viertel nach {_N}\b(?: uhr\b)?", lambda m: _shifted(m[1], 15)),
        (rf"\b(?:um |gegen )?viertel vor {_N}\b(?: uhr\b)?", lambda m: _shifted(m[1], -15)),
        (rf"\b(?:um |gegen )?viertel {_N}\b(?: uhr\b)?", lambda m: _shifted(m[1], -45)),
        (rf"\b(?:at )?half past {_N}\b", lambda m: _shifted(m[1], 30)),
        (rf"\b(?:at )?(?:a )?quarter (?:past|after) {_N}\b", lambda m: _shifted(m[1], 15)),
        (rf"\b(?:at )?(?:a )?quarter (?:to|before) {_N}\b", lambda m: _shifted(m[1], -15)),
        (
            rf"\b(?:um |gegen |at )?{_FROM % 'vor|nach|past|to'}(?P<h>\d{{1,2}})\b(?: uhr\b)?{_COUNTED}",
            lambda m: _around(m, m["h"], 0),
        ),
        (
            r"\b(?:at )?(?P<h>\d{1,2})(?:[:.](?P<m>\d{2}))? ?(?P<half>p\.?m\b\.?|a\.m\.|am\b(?! ?[\w@]))",
            _with_half,
        ),
        (rf"\b(?:um |gegen |at )?{_N}[:.](\d\d) ?(?:uhr|h)\b", lambda m: _clock(m[1], m[2])),
        (rf"\b(?:um |gegen |at )?{_N} uhr (\d{{1,2}})\b(?! uhr){_COUNTED}", lambda m: _clock(m[1], m[2])),
        (rf"\b(?:um |gegen |at )?{_N} ?(?:uhr|h|o'clock)\b", lambda m: _clock(m[1])),
        (rf"\b(?:um |gegen |at )?{_N}:(\d\d)\b", lambda m: _clock(m[1], m[2])),
        (rf"\b(?:um|gegen|at|around) {_N}\.(\d\d)\b(?!\.)", lambda m: _clock(m[1], m[2])),
        (rf"\b(?:um|at) {_N} (\d\d)\b{_COUNTED}", lambda m: _clock(m[1], m[2])),
        (
            rf"\b(?:um|gegen|at|around|circa|etwa|punkt) {_ABOUT}{_N}(?:\.(?! ?\d)|{_COUNTED})",
            lambda m: _clock(m[1]),
        ),
        (r"\b(?:um |at )?(?:mitternacht|midnight)\b", lambda _: Clock(0, sure=True)),
        (r"\b(?:at )?noon\b|\bhigh noon\b", lambda _: Clock(_HALF_DAY, sure=True)),
        (rf"(?<=# oder ){_BARE}|(?<=# or ){_BARE}", lambda m: _clock(m[1] or m[2])),
    )
)
#: Bare numbers are clocks between these words only.
_BARE_SPANS: Final = (
    (re.compile(r"\bkurz (?:vor|nach)\b"), "um"),
    (re.compile(r"\bshortly (?:before|after)\b"), "at"),
    (re.compile(rf"\b(zwischen|between) {_N}(?: uhr)? (und|and) {_BARE_OR_UHR}"), r"\1 \2 uhr \3 \4 uhr"),
    (re.compile(rf"\b(von|ab|from) {_N}(?: uhr)? (bis|to|until) {_BARE_OR_UHR}"), r"\1 \2 uhr \3 \4 uhr"),
    (re.compile(rf"\b{_N} (bis|to) {_N} uhr"), r"\1 uhr \2 \3 uhr"),
    (re.compile(rf"(?<!\d )\b({_LIMITS}) {_BARE}"), r"\1 \2 uhr"),
)
_BETWEEN: Final = re.compile(
    r"(?:\b(?:zwischen|von|ab|between|from) )?#(\d+)# ?(?:und|bis|and|to|until) #(\d+)#"
)
_AFTER: Final = re.compile(
    r"\b(?:nicht vor|nicht früher als|frühestens|ab|(?<!nicht )nach|(?<!not )after|from|not before) #(\d+)#"
)
_BEFORE: Final = re.compile(
    r"\b(?:nicht nach|nicht später als|spätestens|vor|bis|before|not after|until|by) #(\d+)#"
)
_MARK: Final = re.compile(r"#(\d+)#")
_KEPT_APART: Final = (
    # Greetings, and wishes about the time that name none.
    re.compile(r"\b(?:guten|schönen|good) (?:morgen|tag|abend|morning|day|afternoon|evening)\b,?"),
    re.compile(r"\bnicht (?:so |zu |ganz so )+(?:früh|spät)\b"),
    re.compile(
        r"(?:^|[,;.] ?|\b(?:aber|nur|bitte|bloß|but|please) )(?:nicht|kein|not) (?:am |in der |in the )?"
        r"(?:morgens?|früh|vormittags?|mittags?|nachmittags?|"
        r"abends?|nachts?|morning|afternoon|evening)\b"
    ),
)
#: "Morgen" after one of these is the time of day.
_MORNING_WORD: Final = (
    r"(?:(?<=\bam )|(?<=heute )|(?<=tag )|(?<=woch )|(?<=abend )|(?<=jeden )|"
    r"(?<=\bder )|(?<=\bden ))"
)
_PARTS: Final = (
    (re.compile(r"\b(?:nachts?|at night)\b"), _NIGHT),
    (re.compile(r"\bnach (?:der|dem) mittag\w*"), _AFTERNOON),
    (re.compile(r"\bvor (?:der|dem) mittag\w*"), _MORNING),
    (re.compile(r"\b(?:am )?(?:späten |frühen )?(?:nachmittags?|afternoon)\b"), _AFTERNOON),
    (re.compile(r"\b(?:am )?(?:späten |frühen )?(?:vormittags?)\b"), _MORNING),
    (
        re.compile(rf"\b(?:morgens|in the morning|{_MORNING_WORD}morgen)\b|\b(?:in der )?früh\b|\bmorning\b"),
        _MORNING,
    ),
    (re.compile(r"\b(?:am )?(?:späten |frühen )?(?:abends?|evening)\b"), _EVENING),
    (re.compile(r"\b(?:am )?(?:mittags?(?:pause|zeit)?|lunchtime)\b"), _NOON),
)


@dataclass(slots=True)
class _Reader:
    text: str
    found: list[Clock] = field(default_factory=list)
    unclear: bool = False

    def take(self, pattern: re.Pattern[str], read: _Read) -> None:
        self.text = pattern.sub(lambda match: self._mark(read(match)), self.text)

    def _mark(self, clock: Clock | None) -> str:
        if clock is None:
            self.unclear = True
            return " "
        self.found.append(clock)
        return f"#{len(self.found) - 1}#"

    def drop(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.search(self.text)
        self.text = pattern.sub(" ", self.text)
        return match


def take_clocks(text: str) -> tuple[Clocks, str]:
    """The time of day, and the text without it."""
    reader = _Reader(text)
    for pattern, written in _BARE_SPANS:
        reader.text = pattern.sub(written, reader.text)
    for pattern, read in _RULES:
        reader.take(pattern, read)
    for pattern in _KEPT_APART:
        reader.drop(pattern)
    part = next((part for pattern, part in _PARTS if reader.drop(pattern)), None)
    bounds = _bounds(reader)
    at = tuple(dict.fromkeys(reader.found[int(number)] for number in _MARK.findall(reader.text)))
    clocks = Clocks(at, bounds, part, reader.unclear)
    return _settled(clocks), _MARK.sub(" ", reader.text)


def _bounds(reader: _Reader) -> tuple[Clock | None, Clock | None] | None:
    if both := reader.drop(_BETWEEN):
        return reader.found[int(both[1])], reader.found[int(both[2])]
    first, last = reader.drop(_AFTER), reader.drop(_BEFORE)
    if first is None and last is None:
        return None
    return first and reader.found[int(first[1])], last and reader.found[int(last[1])]


def _settled(clocks: Clocks) -> Clocks:
    """``um drei`` in the afternoon is 15:00 and nothing else."""
    if clocks.part is None:
        return clocks
    at = tuple(_in_part(clock, clocks.part) for clock in clocks.at)
    bounds = clocks.bounds and (
        clocks.bounds[0] and _in_part(clocks.bounds[0], clocks.part),
        clocks.bounds[1] and _in_part(clocks.bounds[1], clocks.part),
    )
    return replace(clocks, at=at, bounds=bounds)


def _in_part(clock: Clock, part: int) -> Clock:
    early = clock.early % _HALF_DAY
    match part:
        case _ if clock.sure:
            return clock
        case 0:
            return Clock(clock.early, sure=True)
        case 1:
            return Clock(early if early >= SPANS[_NOON][0] else early + _HALF_DAY, sure=True)
        case 4:
            return Clock(early if early < SPANS[_MORNING][1] / 2 else early + _HALF_DAY, sure=True)
        case _:
            return Clock(early + _HALF_DAY, sure=True)
