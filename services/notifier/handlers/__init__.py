"""One handler per channel: who is told, in which words, each once."""

from services.notifier.handlers.chat import NotifyByChat
from services.notifier.handlers.mail import NotifyByMail
from services.notifier.handlers.sms import NotifyBySms

__all__ = ["NotifyByChat", "NotifyByMail", "NotifyBySms"]
