"""One received mail, taken apart."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from infra.simulators.store import Document


def _part(mail: EmailMessage, kind: str) -> str | None:
    part = mail.get_body((kind,))
    return part.get_content() if part is not None else None


def read_mail(sender: str | None, recipients: list[str], content: bytes) -> Document:
    """`to` are the envelope's recipients: whom the server really got it for."""
    mail = message_from_bytes(content, policy=policy.default)
    attachments = [
        {"name": part.get_filename(), "type": part.get_content_type()} for part in mail.iter_attachments()
    ]
    return {
        "sender": sender,
        "from": str(mail.get("From", "")),
        "to": recipients,
        "subject": str(mail.get("Subject", "")),
        "message_id": str(mail.get("Message-ID", "")),
        "text": _part(mail, "plain"),
        "html": _part(mail, "html"),
        "attachments": [attachment["name"] for attachment in attachments],
        "headers": {name: str(value) for name, value in mail.items()},
        "raw": content.decode("utf-8", "replace"),
    }
