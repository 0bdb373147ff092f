"""Every text of the pages, English and German."""

from collections.abc import Mapping
from typing import Final, Literal

from starlette.requests import Request

from services.ops_console.routes.web.notices import NOTICES

Language = Literal["en", "de"]
LANGUAGE_COOKIE: Final = "askpro_language"

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    # navigation
    "overview": ("Overview", "Überblick"),
    "dead_letters": ("Dead letters", "Unzustellbar"),
    "queues": ("Queues", "Warteschlangen"),
    "events": ("Events", "Ereignisse"),
    "companies": ("Companies", "Firmen"),
    "branches": ("Branches", "Filialen"),
    "catalogue": ("Catalogue", "Katalog"),
    "orphans": ("Left over", "Übrig geblieben"),
    "appointments": ("Appointments", "Termine"),
    "calls": ("Calls", "Anrufe"),
    "callbacks": ("Callbacks", "Rückrufe"),
    "log_in": ("Log in", "Anmelden"),
    "log_out": ("Log out", "Abmelden"),
    "skip": ("Skip to the content", "Zum Inhalt springen"),
    "name": ("Name", "Name"),
    "password": ("Password", "Passwort"),
    "other_language": ("Deutsch", "English"),
    # overview
    "healthy": ("Everything works", "Alles läuft"),
    "degraded": ("Something is in trouble", "Etwas ist gestört"),
    "down": ("A vital part is down", "Ein lebenswichtiger Teil ist ausgefallen"),
    "dependencies": ("What we depend on", "Wovon wir abhängen"),
    "answers_in": ("answers in {0} ms", "antwortet in {0} ms"),
    "last_minutes": ("Last 5 minutes", "Letzte 5 Minuten"),
    "deliveries_failed": (
        "{0} deliveries, {1} of them failed at least once",
        "{0} Zustellungen, {1} davon mindestens einmal gescheitert",
    ),
    "error_rate": ("Error rate", "Fehlerrate"),
    "dead_letter": ("Dead letter", "Unzustellbar"),
    "dead": ("dead", "aufgegeben"),
    "unknown": ("unknown", "unbekannt"),
    "in_queues": ("In the queues", "In den Warteschlangen"),
    "circuits": ("Circuits", "Sicherungen"),
    "no_circuits": ("No circuit was ever opened.", "Noch nie war eine Sicherung offen."),
    "close_circuit": ("Close", "Schließen"),
    "ledger": ("Ledger", "Nachweis"),
    "accepted": ("accepted", "angenommen"),
    "to_be_sent": ("to be sent", "noch zu senden"),
    "to_be_logged": ("to be logged", "noch zu verbuchen"),
    "unhandled": ("unhandled", "ohne Empfänger"),
    "unaccounted": ("unaccounted", "ohne Nachweis"),
    "inexact": (
        "The broker does not tell what is unacknowledged: set RABBITMQ_MANAGEMENT_URL.",
        "Der Broker verrät nicht, was unbestätigt ist: RABBITMQ_MANAGEMENT_URL setzen.",
    ),
    "missing": ("Unaccounted for", "Ohne Nachweis"),
    "send_again": ("Send again", "Erneut senden"),
    "send_again_help": (
        "{0} of these are nowhere, the others late. Each is sent again under its id, from the event log.",
        "{0} davon sind nirgends, die anderen verspätet. Jede wird unter ihrer Id erneut gesendet.",
    ),
    # lists
    "nothing": ("Nothing there.", "Nichts da."),
    "filter": ("Filter", "Filtern"),
    "older": ("Older", "Ältere"),
    "id": ("Id", "Id"),
    "type": ("Type", "Art"),
    "queue": ("Queue", "Warteschlange"),
    "company_id": ("Company", "Firma"),
    "branch_id": ("Branch", "Filiale"),
    "reason": ("Reason", "Grund"),
    "error": ("Error", "Fehler"),
    "updated_at": ("Changed", "Geändert"),
    "created_at": ("Created", "Angelegt"),
    "logged_at": ("Logged", "Verbucht"),
    "ready": ("Ready", "Bereit"),
    "unacknowledged": ("In work", "In Arbeit"),
    "consumers": ("Consumers", "Verbraucher"),
    "language": ("Language", "Sprache"),
    "status": ("Status", "Stand"),
    "version": ("Version", "Version"),
    "reached_version": ("Reached", "Erreicht"),
    "phone_number": ("Phone number", "Rufnummer"),
    "phone": ("Phone", "Telefon"),
    "keys": ("Keys", "Schlüssel"),
    "webhook": ("Webhook at Cal.com", "Webhook bei Cal.com"),
    "title": ("Title", "Titel"),
    "start_at": ("Start", "Beginn"),
    "attendee_name": ("Attendee", "Kunde"),
    "from_number": ("From", "Von"),
    "started_at": ("Start", "Beginn"),
    "duration_ms": ("Milliseconds", "Millisekunden"),
    "outcome": ("Outcome", "Ergebnis"),
    "transcript_state": ("Transcript", "Mitschrift"),
    "kept": ("kept", "vorhanden"),
    "not_stored": ("not stored at Retell", "bei Retell nicht gespeichert"),
    "dropped": ("dropped: refused", "gelöscht: abgelehnt"),
    "urgency": ("Urgency", "Dringlichkeit"),
    "customer_name": ("Customer", "Kunde"),
    "state": ("State", "Zustand"),
    "became": ("What became of it", "Was daraus wurde"),
    "attempt": ("Attempt", "Versuch"),
    "count": ("Count", "Anzahl"),
    "last": ("Last", "Zuletzt"),
    "waiting": ("waiting", "wartend"),
    "redelivery": ("redelivery", "erneut"),
    "done": ("done", "erledigt"),
    "sent": ("sent", "gesendet"),
    "skipped": ("skipped", "ausgelassen"),
    "nobody": ("nobody to tell", "niemand zu erreichen"),
    "discarded": ("discarded", "verworfen"),
    "offer": ("Service", "Leistung"),
    "length_minutes": ("Minutes", "Minuten"),
    "warnings": ("Warnings", "Warnungen"),
    "yes": ("bookable", "buchbar"),
    "placeholder": ("bookable, with an address of ours", "buchbar, mit einer Adresse von uns"),
    "no": ("not bookable", "nicht buchbar"),
    "gone": ("gone", "gelöscht"),
    "unseen": ("not seen at Cal.com", "bei Cal.com nicht gesehen"),
    "whole_catalogue": ("All event types of the company", "Alle Terminarten der Firma"),
    "step": ("Step", "Schritt"),
    "duration_seconds": ("Seconds", "Sekunden"),
    "correlation_id": ("Case", "Vorgang"),
    "causation_id": ("Caused by", "Ursache"),
    "kind": ("Kind", "Sorte"),
    "forced_by": ("By", "Von"),
    "event_id": ("Event", "Ereignis"),
    "event_type": ("Type", "Art"),
    "first_seen_at": ("First seen", "Zuerst gesehen"),
    "settled_by": ("Settled by", "Entschieden von"),
    "settled_reason": ("Why", "Warum"),
    "at": ("When", "Wann"),
    "class": ("Error", "Fehler"),
    "message": ("Message", "Meldung"),
    "place": ("Place", "Stelle"),
    "service": ("Service", "Dienst"),
    "host": ("Host", "Rechner"),
    "error.service": ("Service", "Dienst"),
    "error.version": ("Version", "Version"),
    "error.host": ("Host", "Rechner"),
    "error.filed_from": ("Filed from", "Abgelegt aus"),
    "operator": ("Who", "Wer"),
    "action": ("What", "Was"),
    "source": ("Source", "Quelle"),
    "subject": ("Subject", "Gegenstand"),
    "time": ("Time", "Zeit"),
    "traceparent": ("Trace", "Trace"),
    "timezone": ("Time zone", "Zeitzone"),
    "agent_id": ("Agent", "Agent"),
    "deleted_at": ("Given up", "Aufgegeben"),
    "pending": ("pending", "in Arbeit"),
    "provisioned": ("provisioned", "eingerichtet"),
    "suspended": ("suspended", "ausgesetzt"),
    "blocked": ("blocked", "wartet auf Unterlagen"),
    "testing": ("holds its conversations", "führt seine Probegespräche"),
    "running": ("running", "läuft"),
    "retrying": ("retrying", "wird wiederholt"),
    "failed": ("failed", "gescheitert"),
    "active": ("active", "aktiv"),
    "cancelled": ("cancelled", "abgesagt"),
    "rescheduled": ("rescheduled", "verschoben"),
    # what is left over at the providers
    "orphans_help": (
        "Ours at a provider, and of no branch. It is looked for every hour; nobody removes it but you.",
        "Von uns bei einem Anbieter, und von keiner Filiale. Gesucht wird stündlich, entfernt nur von Ihnen.",
    ),
    "last_seen_at": ("Last seen", "Zuletzt gesehen"),
    "orphaned": ("left over", "übrig"),
    "being_removed": ("being removed", "wird entfernt"),
    "removed": ("removed", "entfernt"),
    "remove": ("Remove", "Entfernen"),
    "remove_for_good": ("Delete at the provider for good", "Beim Anbieter endgültig löschen"),
    "orphan.branch_deleted": ("its branch was deleted", "ihre Filiale wurde gelöscht"),
    "orphan.branch_unknown": ("nobody knows its branch", "niemand kennt die Filiale"),
    "orphan.second": ("another one is in use beside it", "ein anderes ist daneben in Gebrauch"),
    "orphan.not_answered": ("its branch has another number", "die Filiale hat eine andere Nummer"),
    "orphan.agent_left_over": ("rings at an agent that is left over", "läutet bei einem übrigen Agenten"),
    "orphan.old_address": ("leads to another address", "führt an eine andere Adresse"),
    "orphan.no_branch": ("its company has no branch", "die Firma hat keine Filiale"),
    # entering
    "add_company": ("Add a company", "Firma anlegen"),
    "add_branch": ("Add a branch", "Filiale anlegen"),
    "retell_api_key": ("Key at Retell", "Schlüssel bei Retell"),
    "calcom_api_key": ("Key at Cal.com", "Schlüssel bei Cal.com"),
    "calcom_region": ("Where its account at Cal.com is", "Wo ihr Konto bei Cal.com liegt"),
    "notification_email": ("Where it reads its mail", "Wo sie ihre Post liest"),
    "street": ("Street", "Straße"),
    "postal_code": ("Postal code", "Postleitzahl"),
    "city": ("City", "Ort"),
    "opening_hours": ("Opening hours, a line per weekday", "Öffnungszeiten, eine Zeile je Wochentag"),
    "services": (
        "Services, one per line: name; minutes; Cal.com event type",
        "Leistungen, eine je Zeile: Name; Minuten; Cal.com-Terminart",
    ),
    "transfer_number": ("Number that calls are put through to", "Nummer, zu der verbunden wird"),
    "transfer_hours": (
        "When somebody picks up there, a line per weekday; else while open",
        "Wann dort jemand abnimmt, eine Zeile je Wochentag; sonst solange geöffnet ist",
    ),
    "fallback_number": ("Number that rings while Retell is away", "Nummer, falls Retell ausfällt"),
    "forwarding_numbers": ("Own lines that are forwarded to it", "Eigene Anschlüsse, die umgeleitet werden"),
    "booking_notice_minutes": ("Minutes before at which booking ends", "Buchungsschluss, Minuten vorher"),
    "booking_horizon_days": ("Days ahead that can be booked", "Buchbar, Tage im Voraus"),
    "cancellation_notice_hours": (
        "Hours before at which moving and cancelling ends",
        "Frist für Änderung und Absage, Stunden vorher",
    ),
    "entered": ("{0} is entered.", "{0} ist angelegt."),
    "entered_unchecked": (
        "{0} is entered. A provider did not answer, so that its key is not checked.",
        "{0} ist angelegt. Ein Anbieter hat nicht geantwortet, sein Schlüssel ist nicht geprüft.",
    ),
    # one dead letter
    "groups": ("By error", "Nach Fehler"),
    "story": ("Story", "Geschichte"),
    "attempts": ("Attempts", "Versuche"),
    "deeds": ("What people did", "Was Menschen taten"),
    "payload": ("Payload", "Inhalt"),
    "properties": ("Properties", "Eigenschaften"),
    "stack": ("Stack", "Aufrufkette"),
    "replay": ("Replay", "Erneut zustellen"),
    "replay_help": (
        "Sends it again under the same id: what was done already is not done twice.",
        "Stellt es unter derselben Id erneut zu: Erledigtes geschieht nicht doppelt.",
    ),
    "discard": ("Discard", "Verwerfen"),
    "discard_help": ("Gives it up for good, with your name.", "Gibt es endgültig auf, mit Ihrem Namen."),
    "edit": ("Edit and send", "Ändern und senden"),
    "edit_help": (
        "Sends a corrected event to this queue; this one is discarded as replaced.",
        "Sendet ein berichtigtes Ereignis an diese Warteschlange; dieses gilt als ersetzt.",
    ),
    "trail": ("Trail", "Spur"),
    "envelope": ("Envelope", "Umschlag"),
    "retry": ("Provision again", "Erneut einrichten"),
    "again": ("Again", "Erneut"),
    "provisioning": ("Provisioning", "Einrichtung"),
    # check of a branch
    "check": ("Does it answer?", "Nimmt sie ab?"),
    "check_now": ("Check", "Prüfen"),
    "with_conversations": (
        "hold ten simulated conversations as well, which Retell charges for",
        "dazu zehn Probegespräche führen, die Retell berechnet",
    ),
    "never_checked": ("Not checked in the last day.", "Im letzten Tag nicht geprüft."),
    "green": ("fine", "in Ordnung"),
    "yellow": ("not known", "unklar"),
    "red": ("fault", "Fehler"),
    "found": ("What was found", "Befund"),
    "advice": ("What to do", "Was zu tun ist"),
    **NOTICES,
}


class Words:
    """``words("overview")`` in one language; further arguments fill ``{0}``, ``{1}``."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._place = 0 if language == "en" else 1

    def __call__(self, key: str, *values: object) -> str:
        """A key that is none is shown as it is."""
        pair = _WORDS.get(key)
        return key.replace("_", " ") if pair is None else pair[self._place].format(*values)


def language_of(request: Request) -> Language:
    """``?lang``, else the cookie, else the first of Accept-Language that we speak, else English."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    wanted = [asked] if asked else [part.split(";")[0] for part in _accepted(request)]
    for tag in wanted:
        match tag.strip().lower()[:2]:
            case "de":
                return "de"
            case "en":
                return "en"
            case _:
                continue
    return "en"


def _accepted(request: Request) -> list[str]:
    return request.headers.get("accept-language", "").split(",")
