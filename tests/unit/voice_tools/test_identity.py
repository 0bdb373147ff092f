import pytest

from services.voice_tools.handlers.identity import caller_identity, dialled, named
from services.voice_tools.handlers.names import (
    is_a_name,
    is_theirs,
    is_whole,
    person_of,
    sound_of,
    sounds_like,
)

OWN = ("+493012345678", None)


@pytest.mark.parametrize(
    "raw",
    ["anonymous", "", None, "00000000", "+266696687", "+7378742833", "112", "116117", "Restricted", 7, "+49"],
)
def test_what_is_no_number_of_a_person_is_nobody(raw: object) -> None:
    assert caller_identity(raw, OWN, "DE").number is None


def test_the_branchs_own_number_is_a_forwarded_call_and_nobody() -> None:
    assert caller_identity("+493012345678", OWN, "DE").number is None


@pytest.mark.parametrize(
    ("raw", "country", "number"),
    [
        ("+4915112345678", "DE", "+4915112345678"),
        ("0151 1234 5678", "DE", "+4915112345678"),
        ("+493022334455", "DE", "+493022334455"),
        ("0664 1234567", "AT", "+436641234567"),
    ],
)
def test_a_number_is_written_in_e164(raw: str, country: str, number: str) -> None:
    assert dialled(raw, country).number == number


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("null eins fünf eins eins zwei drei vier fünf sechs sieben acht", "+4915112345678"),
        ("null eins fünf eins, eins zwo, drei vier, fünf sechs, sieben acht", "+4915112345678"),
        ("Null-Eins-Fünf-Eins zwölf vierunddreißig sechsundfünfzig achtundsiebzig", "+4915112345678"),
        ("null hunderteinundfünfzig dreiundzwanzig drei und zwanzig null null elf", "+4915123230011"),
        ("0151 zwoelf vierunddreissig 56 78", "+4915112345678"),
        ("plus neunundvierzig eins fünf eins zwölf vierunddreißig fuenf sechs sieben acht", "+4915112345678"),
        ("doppelnull vier neun eins fünf eins zwölf vierunddreißig fünf sechs sieben acht", "+4915112345678"),
        ("Das ist eine andere: null dreißig zwo zwo doppel drei vier vier fünf fünf", "+493022334455"),
        ("0151 12345678 (mobil)", "+4915112345678"),
        ("+49 30 22334455", "+493022334455"),
    ],
)
def test_a_number_may_be_said_in_words_in_digits_or_mixed(said: str, number: str) -> None:
    assert named(said, "DE", "de").number == number


def test_a_number_may_be_said_in_english() -> None:
    said = "oh one five one, double one, twenty-three, four five, seven eight"
    assert named(said, "DE", "en").number == "+4915111234578"


@pytest.mark.parametrize("said", [None, "", "dieselbe Nummer", "null eins", "die von meiner Frau", "doppel"])
def test_words_that_are_no_number_are_nobody(said: str | None) -> None:
    assert named(said, "DE", "de").number is None


@pytest.mark.parametrize(
    ("heard", "booked"),
    [
        ("Maier", "Anna Meyer"),
        ("Frau Meyer", "Anna Mayr"),
        ("Schmitt", "Schmidt"),
        ("anna meyer", "Meyer, Anna"),
    ],
)
def test_names_are_compared_by_their_sound(heard: str, booked: str) -> None:
    assert sounds_like(heard, booked)


@pytest.mark.parametrize(
    ("heard", "booked"),
    [("Anna Schmidt", "Anna Meyer"), ("", "Meyer"), ("Stein", "Meyer"), ("Herr", "Herr Meyer")],
)
def test_another_name_is_another_person(heard: str, booked: str) -> None:
    assert not sounds_like(heard, booked)


@pytest.mark.parametrize("name", ["Unbekannt", "anonym", "", None, "123", "unknown caller"])
def test_a_placeholder_is_no_name(name: str | None) -> None:
    assert not is_a_name(name)


def test_two_spellings_have_one_sound_whatever_their_order() -> None:
    assert sound_of("Anna Meyer") == sound_of("Maier Anna")


@pytest.mark.parametrize(
    ("heard", "booked"),
    [
        ("Maier", "Anna Meyer"),
        ("Anna Mayr", "Meyer, Anna"),
        ("Meier Anna", "Anna Meyer"),
        ("Frau Dr. Müller", "Müller"),
        ("Anna Müller", "Familie Müller"),
        ("Anna Müller", "A. Müller"),
        ("Anna Müller", "Müller"),
        ("Berg", "Jan van der Berg"),
        ("von der Berg, Jan", "Jan Berg"),
        ("Schmidt", "Anna Meyer-Schmitt"),
        ("Anna Meyer-Schmidt", "Anna Meyer-Schmitt"),
        ("Maria Roth", "Anna Maria Rot"),
        ("Stephan Fischer", "Stefan Vischer"),
        ("Fleischman", "Fleischmann"),
    ],
)
def test_an_appointment_is_theirs_who_name_its_surname(heard: str, booked: str) -> None:
    assert is_theirs(heard, booked)


@pytest.mark.parametrize(
    ("heard", "booked"),
    [
        ("Anna", "Anna Meyer"),
        ("Anna Schmidt", "Anna Meyer"),
        ("Bernd Meyer", "Anna Meyer"),
        ("Bernd Müller", "A. Müller"),
        ("Julian Meyer", "Julia Meyer"),
        ("Martina Roth", "Martin Roth"),
        ("Lea Meyer", "Leo Meyer"),
        ("Uwe", "Eva"),
        ("Bayer", "Bauer"),
        ("Leo", "Lea"),
        ("van der", "Jan van der Berg"),
        ("Herr", "Herr Meyer"),
        ("", "Meyer"),
        ("Meyer", ""),
        ("123", "123"),
    ],
)
def test_a_first_name_alone_or_another_person_opens_nothing(heard: str, booked: str) -> None:
    assert not is_theirs(heard, booked)


def test_two_spellings_are_one_person_and_two_of_a_family_are_not() -> None:
    assert person_of("Anna Meyer") == person_of("Maier, Anna")
    assert person_of("Anna Meyer") != person_of("Hanno Meyer")


def test_an_initial_may_be_anybodys() -> None:
    assert is_whole("Anna Maier", "Meyer, Anna")
    assert not is_whole("Anna Meyer", "A. Meyer")
    assert not is_whole("Anna Meyer", "Meyer")
