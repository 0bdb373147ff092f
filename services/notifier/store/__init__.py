"""What the notifier reads about people, and what it writes about messages."""

from services.notifier.store.callbacks import Callbacks
from services.notifier.store.notifications import BeingSentError, Notifications
from services.notifier.store.people import People

__all__ = ["BeingSentError", "Callbacks", "Notifications", "People"]
