"""What German callers say about days and times, with what it means, counted without the grammar."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

MO, DI, MI, DO, FR, SA, SO = range(7)

#: The days that the words may mean, all of them: one is certain, several have to be asked for.
Oracle: TypeAlias = Callable[[date], set[date]]


@dataclass(frozen=True, slots=True)
class Phrase:
    """``days`` None: the words name no day. ``clock``: ``HH:MM`` at a salon open from nine to six.

    ``span``: any of ``days`` suits, so a date among them is fine and none at all is asked for.
    """

    words: str
    days: Oracle | None = None
    clock: str | None = None
    span: bool = False


def plus(days: int) -> Oracle:
    return lambda today: {today + timedelta(days=days)}


def coming(weekday: int) -> Oracle:
    """On the day itself nobody knows whether today is meant."""

    def days(today: date) -> set[date]:
        soon = today + timedelta(days=(weekday - today.weekday()) % 7)
        return {soon} if soon > today else {soon, soon + timedelta(days=7)}

    return days


def after_today(weekday: int, weeks: int = 0) -> Oracle:
    return lambda today: {
        today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1) + timedelta(weeks=weeks)
    }


def either(*oracles: Oracle) -> Oracle:
    return lambda today: {day for oracle in oracles for day in oracle(today)}


def in_week(ahead: int, *weekdays: int) -> Oracle:
    """Of the calendar week; what is over is nothing that can be meant."""
    return lambda today: {
        day
        for weekday in weekdays
        if (day := today - timedelta(days=today.weekday()) + timedelta(days=7 * ahead + weekday)) >= today
    }


def on(day: int, month: int, year: int | None = None) -> Oracle:
    def days(today: date) -> set[date]:
        if year is not None:
            return {date(year, month, day)}
        this = date(today.year, month, day)
        return {this if this >= today else date(today.year + 1, month, day)}

    return days


def numbered(number: int) -> Oracle:
    """The next day with this number; today's own number may mean a month later."""

    def days(today: date) -> set[date]:
        ahead = [today + timedelta(days=each) for each in range(93)]
        fitting = [day for day in ahead if day.day == number]
        return set(fitting[: 2 if fitting[0] == today else 1])

    return days


def between(first: int, last: int) -> Oracle:
    """Days from today."""
    return lambda today: {today + timedelta(days=days) for days in range(first, last + 1)}


def weekly(weekday: int) -> Oracle:
    return lambda today: {
        today + timedelta(days=days)
        for days in range(364)
        if (today + timedelta(days=days)).weekday() == weekday
    }


def weeks_on(weekday: int, weeks: int) -> Oracle:
    """``Dienstag in zwei Wochen``: the coming one and so many weeks, or the one of that week."""

    def days(today: date) -> set[date]:
        counted = {day + timedelta(weeks=weeks) for day in coming(weekday)(today)}
        return counted | in_week(weeks, weekday)(today)

    return days


def a_week_on(weekday: int) -> Oracle:
    return lambda today: {day + timedelta(weeks=1) for day in coming(weekday)(today)}


def nobody_knows(_: date) -> set[date]:
    """Whatever date comes with it has to be asked for."""
    return set()


PHRASES: Final = (
    Phrase("heute in acht Tagen", plus(7)),
    Phrase("heute in vierzehn Tagen um zehn", plus(14), "10:00"),
    Phrase("in acht Tagen", plus(7)),
    Phrase("in vierzehn Tagen", plus(14)),
    Phrase("in drei Tagen um halb elf", plus(3), "10:30"),
    Phrase("in einer Woche", plus(7)),
    Phrase("in zwei Wochen", plus(14)),
    Phrase("heute in einer Woche", plus(7)),
    Phrase("morgen in einer Woche", plus(8)),
    Phrase("morgen in acht Tagen um neun", plus(8), "09:00"),
    Phrase("übermorgen in zwei Wochen", plus(16)),
    Phrase("heute um drei", plus(0), "15:00"),
    Phrase("heute Nachmittag", plus(0)),
    Phrase("heute noch", plus(0)),
    Phrase("heute Morgen um elf", plus(0), "11:00"),
    Phrase("morgen", plus(1)),
    Phrase("morgen um drei", plus(1), "15:00"),
    Phrase("morgen früh um neun", plus(1), "09:00"),
    Phrase("Guten Morgen, ich bräuchte morgen einen Termin", plus(1)),
    Phrase("Guten Tag, geht es übermorgen?", plus(2)),
    Phrase("uebermorgen um viertel vor zwei", plus(2), "13:45"),
    Phrase("Dienstag", coming(DI)),
    Phrase("am Dienstag um halb drei", coming(DI), "14:30"),
    Phrase("Dienstagabend", coming(DI)),
    Phrase("Dienstagnachmittag um drei", coming(DI), "15:00"),
    Phrase("Mittwoch Morgen um neun", coming(MI), "09:00"),
    Phrase("am Donnerstag früh", coming(DO)),
    Phrase("am Sonnabend um zehn", coming(SA), "10:00"),
    Phrase("Freitag um viertel drei", coming(FR), "14:15"),
    Phrase("Freitag um dreiviertel drei", coming(FR), "14:45"),
    Phrase("Freitag, drei viertel drei", coming(FR), "14:45"),
    Phrase("Montag um Viertel nach drei", coming(MO), "15:15"),
    Phrase("Montag um fünf vor halb drei", coming(MO), "14:25"),
    Phrase("Montag um fünf nach halb drei", coming(MO), "14:35"),
    Phrase("Donnerstag um zehn vor vier", coming(DO), "15:50"),
    Phrase("Donnerstag um zwanzig nach drei", coming(DO), "15:20"),
    Phrase("Dienstag um vierzehn Uhr dreißig", coming(DI), "14:30"),
    Phrase("Dienstag 14:30 Uhr", coming(DI), "14:30"),
    Phrase("Dienstag so gegen drei", coming(DI), "15:00"),
    Phrase("Dienstag mittags um zwölf", coming(DI), "12:00"),
    Phrase("diesen Freitag", coming(FR)),
    Phrase("kommenden Freitag", after_today(FR)),
    Phrase("am kommenden Montag um neun", after_today(MO), "09:00"),
    Phrase("nächsten Freitag", either(after_today(FR), after_today(FR, 1))),
    Phrase("nächsten Montag um zehn", either(after_today(MO), after_today(MO, 1)), "10:00"),
    Phrase("übernächsten Freitag", either(after_today(FR, 1), after_today(FR, 2))),
    Phrase("nächste Woche Dienstag", in_week(1, DI)),
    Phrase("Dienstag nächster Woche um halb neun", in_week(1, DI), "08:30"),
    Phrase("in der nächsten Woche am Donnerstag", in_week(1, DO)),
    Phrase("naechste Woche Freitag", in_week(1, FR)),
    Phrase("kommende Woche am Mittwoch", in_week(1, MI)),
    Phrase("übernächste Woche Dienstag", in_week(2, DI)),
    Phrase("diese Woche Freitag", in_week(0, FR)),
    Phrase("diese Woche noch", in_week(0, *range(7)), span=True),
    Phrase("nächste Woche", in_week(1, *range(7)), span=True),
    Phrase("irgendwann nächste Woche", in_week(1, *range(7)), span=True),
    Phrase("übernächste Woche", in_week(2, *range(7)), span=True),
    Phrase("Anfang nächster Woche", in_week(1, MO, DI, MI), span=True),
    Phrase("Ende nächster Woche", in_week(1, DO, FR, SA, SO), span=True),
    Phrase("nächste Woche, aber nicht am Dienstag", in_week(1, MO, MI, DO, FR, SA, SO), span=True),
    Phrase("Dienstag in einer Woche", a_week_on(DI)),
    Phrase("Freitag in acht Tagen", a_week_on(FR)),
    Phrase("Dienstag in zwei Wochen", weeks_on(DI, 2)),
    Phrase("in zwei Wochen am Freitag", weeks_on(FR, 2)),
    Phrase("Samstag in vierzehn Tagen", weeks_on(SA, 2)),
    Phrase("am dritten zwölften", on(3, 12)),
    Phrase("am dritten zwölften um halb drei", on(3, 12), "14:30"),
    Phrase("am ersten ersten", on(1, 1)),
    Phrase("der einundzwanzigste Dezember", on(21, 12)),
    Phrase("am 3.12. um 15 Uhr", on(3, 12), "15:00"),
    Phrase("am 3. Dezember", on(3, 12)),
    Phrase("am siebten Jänner", on(7, 1)),
    Phrase("am 1. Mai", on(1, 5)),
    Phrase("am zweiten März um fünf", on(2, 3), "17:00"),
    Phrase("am siebenundzwanzigsten Juni zweitausendachtundzwanzig", on(27, 6, 2028)),
    Phrase("am fünfzehnten", numbered(15)),
    Phrase("am 15. um elf", numbered(15), "11:00"),
    Phrase("am einunddreißigsten", numbered(31)),
    Phrase("den ersten um zehn Uhr", numbered(1), "10:00"),
    Phrase("an Heiligabend", on(24, 12)),
    Phrase("Silvester um zehn", on(31, 12), "10:00"),
    Phrase("am Nikolaustag", on(6, 12)),
    Phrase("Dienstag oder Mittwoch", either(coming(DI), coming(MI)), span=True),
    Phrase("nicht am Dienstag", nobody_knows),
    Phrase("Dienstag kann ich nicht", nobody_knows),
    Phrase("außer Montag geht alles", nobody_knows),
    Phrase("lieber nicht am Freitag", nobody_knows),
    Phrase("heute nicht mehr, lieber morgen", plus(1)),
    Phrase("nicht morgen, sondern übermorgen", plus(2)),
    Phrase("statt Montag lieber Donnerstag", coming(DO)),
    Phrase("von Dienstag auf Mittwoch verschieben", coming(MI)),
    Phrase("Dienstag, nein, Mittwoch", either(coming(DI), coming(MI))),
    Phrase("ab morgen", between(1, 7), span=True),
    Phrase("nach übermorgen", between(3, 9), span=True),
    Phrase("vor übermorgen", between(0, 1), span=True),
    Phrase("bis übermorgen", between(0, 2), span=True),
    Phrase("zwischen morgen und übermorgen", between(1, 2), span=True),
    Phrase("immer dienstags", weekly(DI), span=True),
    Phrase("Freitagnacht um eins", nobody_knows),
    Phrase("am letzten Dienstag im Monat", nobody_knows),
    Phrase("am zweiten Dienstag im Dezember", nobody_knows),
    Phrase("in einem Monat", nobody_knows),
    Phrase("am 9.10", on(9, 10)),
    Phrase("9.10 bitte", nobody_knows),
    Phrase("am 30. Februar", nobody_knows),
    Phrase("eine Woche nach Ostern", nobody_knows),
    Phrase("am nächsten Tag", nobody_knows),
    Phrase("heute oder morgen", between(0, 1), span=True),
    Phrase("entweder morgen oder übermorgen", between(1, 2), span=True),
    Phrase("für meine zwei Kinder morgen um vier", plus(1), "16:00"),
    Phrase("ich bin zum ersten Mal da, übermorgen", plus(2)),
    Phrase("am 3ten Dezember", on(3, 12)),
    Phrase("3. Jan.", on(3, 1)),
    Phrase("Freitach um drei", coming(FR), "15:00"),
    Phrase("Thursday, no, Friday", either(coming(DO), coming(FR))),
    Phrase("Freitag nächste oder übernächste Woche", nobody_knows),
    Phrase("Freitag muss ich arbeiten", nobody_knows),
    Phrase("morgen bin ich im Urlaub, übermorgen geht", nobody_knows),
    Phrase("der Dienstag danach", nobody_knows),
    Phrase("am Tag vor Silvester", nobody_knows),
    Phrase("überübermorgen", nobody_knows),
    Phrase("am Buß- und Bettag", nobody_knows),
    Phrase("zwischen den Jahren", nobody_knows),
    Phrase("heute um Mitternacht", nobody_knows),
    Phrase("3/12", nobody_knows),
    Phrase("anything but Friday", nobody_knows),
    Phrase("Friday after next", nobody_knows),
    Phrase("this evening at six", plus(0), "18:00"),
    Phrase("diesen Nachmittag um vier", plus(0), "16:00"),
    Phrase("vierter Stock, morgen", nobody_knows),
    Phrase("in der zweiten Dezemberhälfte", nobody_knows),
    Phrase("am zweiten zwölften siebenundzwanzig", on(2, 12, 2027)),
    Phrase("Mo-Mi nachmittags", nobody_knows),
    Phrase("im Mai oder Mai", nobody_knows),
    Phrase("übermorgen um Punkt zehn", plus(2), "10:00"),
    Phrase("der erste freie Termin"),
    Phrase("so bald wie möglich"),
    Phrase("um halb drei", clock="14:30"),
    Phrase("viertel drei", clock="14:15"),
    Phrase("um neun Uhr zehn", clock="09:10"),
    Phrase("um 9.10", clock="09:10"),
    Phrase("um 15 Uhr, egal wann", clock="15:00"),
    Phrase("ja, das passt"),
)
