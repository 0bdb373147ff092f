"""Requests that ingest refused: (English, German)."""

from services.ops_console.routes.web.words.pairs import Pairs

WORDS: Pairs = {
    "rejected_requests": ("Rejected", "Abgewiesen"),
    "rejected_help": (
        (
            "Webhooks that were refused: a sample, at most 1,000 of each company and day. Mend the "
            "cause, such as a wrong secret, and take them in again: only what carries a signature of "
            "ours is taken."
        ),
        (
            "Abgewiesene Webhooks: eine Stichprobe, höchstens 1.000 je Firma und Tag. Beheben Sie die"
            " Ursache, etwa ein falsches Geheimnis, und nehmen Sie sie erneut an: nur was gültig "
            "unterschrieben ist, wird angenommen."
        ),
    ),
    "rejected_request": ("Rejected request", "Abgewiesene Anfrage"),
    "still_refused": ("refused", "abgewiesen"),
    "taken": ("taken in", "angenommen"),
    "only_open": ("Only those that are still refused", "Nur noch abgewiesene"),
    "received_at": ("Received", "Eingegangen"),
    "provider": ("Sender", "Absender"),
    "path": ("Address", "Adresse"),
    "size": ("Bytes", "Bytes"),
    "reingested_at": ("Taken in", "Angenommen"),
    "reingested_by": ("By", "Von"),
    "rejected.headers": ("Headers", "Kopfzeilen"),
    "rejected.body": ("Body", "Inhalt"),
    "reingest": ("Take in again", "Erneut annehmen"),
    "reingest_all": ("Take in all that are shown ({0})", "Alle gezeigten annehmen ({0})"),
    "reingest_help": (
        (
            "Its own signature is verified with the secrets of today, as of its arrival. Twice is "
            "once: the event has the same id."
        ),
        (
            "Geprüft wird die eigene Unterschrift, mit den heutigen Geheimnissen und zur Zeit des "
            "Eingangs. Zweimal ist einmal: das Ereignis hat dieselbe Id."
        ),
    ),
    "rejected_cut": (
        "Only a part of the body was kept: its sender has to send it again.",
        "Nur ein Teil des Inhalts wurde aufgehoben: der Absender muss es noch einmal senden.",
    ),
    "what_to_do": ("What to do", "Was zu tun ist"),
    "rejected.400": (
        "What came is no JSON object, or lacks what names the event. That is for its sender to mend.",
        (
            "Was kam, ist kein JSON-Objekt, oder es fehlt, was das Ereignis benennt. Das muss der "
            "Absender beheben."
        ),
    ),
    "rejected.401": (
        (
            "The sender signs with another secret than ours, its clock is wrong, or it is nobody we "
            "know. Enter the secret that it signs with (askpro companies update), then take it in "
            "again."
        ),
        (
            "Der Absender unterschreibt mit einem anderen Geheimnis, seine Uhr geht falsch, oder es "
            "ist ein Fremder. Tragen Sie das Geheimnis ein, mit dem er unterschreibt (askpro "
            "companies update), und nehmen Sie es dann erneut an."
        ),
    ),
    "rejected.404": (
        (
            "The address names a company that is not there. Enter the company under this id, or mend "
            "the address at the sender."
        ),
        (
            "Die Adresse nennt eine Firma, die es nicht gibt. Legen Sie die Firma unter dieser Id an,"
            " oder berichtigen Sie die Adresse beim Absender."
        ),
    ),
    "rejected.413": (
        "The body is larger than ingest takes (INGEST_MAX_BODY_BYTES).",
        "Der Inhalt ist größer als erlaubt (INGEST_MAX_BODY_BYTES).",
    ),
    "rejected.415": (
        "The sender has to send application/json.",
        "Der Absender muss application/json senden.",
    ),
    "rejected.422": (
        "An event of our own type that breaks its contract: its producer has to mend it.",
        "Ein Ereignis eigener Art, das seinen Vertrag bricht: sein Erzeuger muss es beheben.",
    ),
    "rejected.429": (
        ("More events at once than allowed (INGEST_RATE_PER_COMPANY). Take it in when the flood is over."),
        (
            "Mehr Ereignisse auf einmal als erlaubt (INGEST_RATE_PER_COMPANY). Nehmen Sie es an, wenn"
            " die Flut vorüber ist."
        ),
    ),
}

NOTICES: Pairs = {
    "reingested": ("Taken in as {0}.", "Angenommen als {0}."),
    "reingested_ping": (
        "It was a test, and is taken now.",
        "Es war ein Test, und er wird jetzt angenommen.",
    ),
    "reingested_n": (
        "Taken in: {0}. Open its entry to see why one stays refused.",
        "Angenommen: {0}. Warum einer abgewiesen bleibt, steht bei ihm.",
    ),
}
