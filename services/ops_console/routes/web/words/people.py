"""Operators: (English, German)."""

from services.ops_console.routes.web.words.pairs import Pairs

WORDS: Pairs = {
    "operators": ("Operators", "Personen"),
    "operators_help": (
        (
            "Who works here. A change is felt with the person's next request. To add somebody, or for"
            " a new password:"
        ),
        (
            "Wer hier arbeitet. Eine Änderung gilt ab der nächsten Anfrage. Jemanden anlegen, oder "
            "ein neues Passwort:"
        ),
    ),
    "role": ("Role", "Rolle"),
    "role.viewer": ("viewer: looks", "viewer: sieht zu"),
    "role.operator": ("operator: acts", "operator: handelt"),
    "role.admin": ("admin: also decides who may", "admin: entscheidet auch, wer darf"),
    "may_reveal": ("Reveals", "Deckt auf"),
    "may_reveal_help": (
        "may reveal what is redacted; each time is kept in the audit",
        "darf Geschwärztes aufdecken; jedes Mal steht im Protokoll",
    ),
    "sessions": ("Logged in", "Angemeldet"),
    "removed_at": ("Removed", "Entfernt"),
    "operator_change": ("Change", "Ändern"),
    "end_sessions": ("End all sessions", "Überall abmelden"),
    "remove_operator": ("Remove", "Entfernen"),
}

NOTICES: Pairs = {
    "operator_changed": ("{0} is changed.", "{0} ist geändert."),
    "operator_removed": ("{0} is removed, and out.", "{0} ist entfernt und abgemeldet."),
    "sessions_ended": ("{0} has to log in again.", "{0} muss sich neu anmelden."),
}
