"""Every sentence of a check: German, English. No word of theirs needs a programmer."""

from typing import Final

FOUND: Final[dict[str, tuple[str, str]]] = {
    "key_accepted": ("{provider} nimmt den Schlüssel an.", "{provider} accepts the key."),
    "key_refused": ("{provider} nimmt den Schlüssel nicht an.", "{provider} does not accept the key."),
    "key_missing": (
        "Für {provider} ist kein Schlüssel eingetragen.",
        "No key is entered for {provider}.",
    ),
    "silence": ("{provider} hat nicht geantwortet.", "{provider} has not answered."),
    "needs_key": (
        "Nicht zu prüfen, solange {provider} den Schlüssel nicht annimmt.",
        "Cannot be checked while {provider} does not accept the key.",
    ),
    "needs_agent": (
        "Nicht zu prüfen, solange kein Assistent veröffentlicht ist.",
        "Cannot be checked while no assistant is published.",
    ),
    "company_active": ("Die Firma ist freigeschaltet.", "The company is active."),
    "company_suspended": (
        "Die Firma ist ausgesetzt: Der Assistent sagt nur, dass der Dienst ruht.",
        "The company is suspended: the assistant says only that the service is off.",
    ),
    "company_papers": (
        "Es fehlen Unterschriften: {papers_de}.",
        "Signatures are missing: {papers}.",
    ),
    "number_none": (
        "Die Filiale hat keine Rufnummer: Niemand kann anrufen.",
        "The branch has no phone number: nobody can call.",
    ),
    "number_unknown": ("Retell kennt {number} nicht.", "Retell does not know {number}."),
    "number_dialled": (
        "{number} ist per SIP-Einwahl angebunden: Anrufe lassen sich so nicht weiterverbinden.",
        "{number} is connected by dialling a SIP address: calls cannot be handed over that way.",
    ),
    "number_there": ("{number} ist bei Retell.", "{number} is at Retell."),
    "bound": (
        "{number} klingelt bei dem Assistenten dieser Filiale, in der veröffentlichten Fassung.",
        "{number} rings at this branch's assistant, in its published version.",
    ),
    "bound_nobody": ("{number} klingelt bei niemandem.", "{number} rings at nobody."),
    "bound_other": (
        "{number} klingelt bei einem anderen Assistenten oder in einer unveröffentlichten Fassung.",
        "{number} rings at another assistant, or at a version that is not published.",
    ),
    "inbound": (
        "Vor jedem Gespräch fragt Retell hier nach, was für ein Tag ist und ob geöffnet ist.",
        "Before each call Retell asks here what day it is and who is open.",
    ),
    "inbound_other": (
        "Retell fragt vor einem Gespräch nicht hier nach: Der Assistent weiß nicht, was für ein Tag ist.",
        "Retell does not ask here before a call: the assistant does not know what day it is.",
    ),
    "agent_there": ("Der Assistent ist veröffentlicht.", "The assistant is published."),
    "agent_gone": (
        "Bei Retell gibt es keinen veröffentlichten Assistenten für diese Filiale.",
        "At Retell there is no published assistant for this branch.",
    ),
    "version_current": (
        "Anrufer hören die neueste Fassung.",
        "Callers hear the newest version.",
    ),
    "version_old": (
        "Anrufer hören eine ältere Fassung als die, die Sie eingetragen haben.",
        "Callers hear an older version than the one that you entered.",
    ),
    "functions_ours": (
        "Der Assistent kann in den Kalender sehen und buchen ({count} Funktionen).",
        "The assistant can look into the calendar and book ({count} functions).",
    ),
    "functions_missing": (
        "Dem Assistenten fehlen Funktionen, oder sie führen woandershin: {names}.",
        "The assistant lacks functions, or they lead elsewhere: {names}.",
    ),
    "reports_ours": (
        "Retell meldet Anrufe hierher.",
        "Retell reports calls to us.",
    ),
    "reports_other": ("Retell meldet Anrufe woandershin.", "Retell reports calls to somebody else."),
    "service_none": (
        "Es ist keine Leistung eingetragen: Nichts kann gebucht werden.",
        "No service is entered: nothing can be booked.",
    ),
    "service_bookable": ("„{service}“ ist am Telefon buchbar.", "“{service}” can be booked by phone."),
    "service_unconnected": (
        "„{service}“ ist mit keiner Terminart verbunden: Der Assistent bietet nur einen Rückruf an.",
        "“{service}” is connected to no event type: the assistant offers a call back only.",
    ),
    "service_unread": (
        "Die Terminarten wurden bei Cal.com noch nicht gelesen.",
        "The event types have not been read from Cal.com yet.",
    ),
    "service_gone": (
        "„{service}“: Cal.com kennt die Terminart {event_type} nicht (mehr).",
        "“{service}”: Cal.com does not know the event type {event_type} (any more).",
    ),
    "service_refused": (
        "„{service}“ ist am Telefon nicht buchbar.",
        "“{service}” cannot be booked by phone.",
    ),
    "hours_there": (
        "Öffnungszeiten sind eingetragen ({days} Tage in der Woche).",
        "Opening hours are entered ({days} days a week).",
    ),
    "hours_none": (
        "Es sind keine Öffnungszeiten eingetragen: Der Assistent bietet alles an, was Cal.com frei nennt.",
        "No opening hours are entered: the assistant offers whatever Cal.com calls free.",
    ),
    "calendar_there": (
        "Cal.com meldet Buchungen, Verschiebungen und Absagen hierher.",
        "Cal.com reports bookings, moves and cancellations to us.",
    ),
    "calendar_gone": (
        "Cal.com meldet Änderungen im Kalender nicht hierher.",
        "Cal.com does not report changes of the calendar to us.",
    ),
    "calendar_changed": (
        "Die Meldung aus Cal.com wurde dort verändert ({drifts}).",
        "Cal.com's reporting was changed there ({drifts}).",
    ),
    "conversations_running": (
        "{count} Probegespräche werden gerade geführt.",
        "{count} simulated conversations are being held.",
    ),
    "conversations_passed": (
        "Alle {count} Probegespräche sind bestanden.",
        "All {count} simulated conversations are passed.",
    ),
    "conversations_failed": (
        "{wrong} von {count} Probegesprächen gingen schief: {failed}.",
        "{wrong} of {count} simulated conversations went wrong: {failed}.",
    ),
    "conversations_endless": (
        "Retell hat die Probegespräche nicht beendet.",
        "Retell has not ended the simulated conversations.",
    ),
    "conversations_none": (
        "Für die Sprache dieser Filiale gibt es keine Probegespräche.",
        "There are no simulated conversations in this branch's language.",
    ),
    "verdict_good": (
        "Alles in Ordnung: {all} von {all} Prüfungen.",
        "All is well: {all} of {all} checks.",
    ),
    "verdict_bad": (
        "{bad} von {all} Prüfungen zeigen einen Fehler.",
        "{bad} of {all} checks show a fault.",
    ),
    "verdict_open": (
        "Kein Fehler gefunden, aber {open} von {all} Prüfungen waren nicht möglich.",
        "No fault was found, but {open} of {all} checks were not possible.",
    ),
}
ADVICE: Final[dict[str, tuple[str, str]]] = {
    "key": (
        "Legen Sie bei {provider} einen neuen Schlüssel an und tragen Sie ihn bei der Firma ein.",
        "Make a new key at {provider} and enter it for the company.",
    ),
    "again": (
        "Prüfen Sie in einigen Minuten noch einmal.",
        "Check once more in a few minutes.",
    ),
    "retry": (
        "Richten Sie die Filiale erneut ein.",
        "Provision the branch again.",
    ),
    "steps": (
        "Sehen Sie bei der Filiale nach, welcher Schritt offen ist, und richten Sie sie erneut ein.",
        "See at the branch which step is open, and provision it again.",
    ),
    "pay": (
        "Begleichen Sie die offene Rechnung; danach antwortet der Assistent von selbst wieder.",
        "Pay the open bill; the assistant answers again by itself.",
    ),
    "papers": (
        "Unterschreiben Sie und lassen Sie das Datum eintragen; danach geht es von selbst weiter.",
        "Sign, and have the date entered; it goes on by itself.",
    ),
    "number": (
        "Tragen Sie bei der Filiale eine Rufnummer ein.",
        "Enter a phone number for the branch.",
    ),
    "import": (
        "Bringen Sie die Nummer zu Retell, oder tragen Sie bei der Filiale den SIP-Trunk ein.",
        "Bring the number to Retell, or enter the SIP trunk for the branch.",
    ),
    "trunk": (
        "Lassen Sie von Ihrem Anbieter einen „Elastic SIP Trunk“ einrichten und tragen Sie ihn ein.",
        "Have your carrier set up an elastic SIP trunk, and enter it.",
    ),
    "event_type": (
        "Tragen Sie bei der Leistung die Nummer einer Terminart aus Cal.com ein.",
        "Enter the number of an event type of Cal.com for the service.",
    ),
    "services": (
        "Tragen Sie bei der Filiale die Leistungen ein.",
        "Enter the services of the branch.",
    ),
    "hours": (
        "Tragen Sie bei der Filiale die Öffnungszeiten ein.",
        "Enter the opening hours of the branch.",
    ),
    "calendar": (
        "In zehn Minuten wird es von selbst berichtigt; sonst richten Sie die Filiale erneut ein.",
        "In ten minutes it is put right by itself; else provision the branch again.",
    ),
    "conversations": (
        "Hören Sie sich in Retell an, was gesagt wurde; oft hilft es, Leistungen oder Zeiten zu ergänzen.",
        "See in Retell what was said; often it helps to complete services or hours.",
    ),
}
