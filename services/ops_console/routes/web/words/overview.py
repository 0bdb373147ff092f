"""Overview, queues and circuits: (English, German)."""

from services.ops_console.routes.web.words.pairs import Pairs

WORDS: Pairs = {
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
}
#: What a page says after a deed; ``{0}`` is what it was done to.
NOTICES: Pairs = {
    "closed": ("{0} is closed.", "{0} ist geschlossen."),
}
