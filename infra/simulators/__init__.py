"""Servers that behave like the providers: Retell, Cal.com, Stripe, a mailbox, a chat and an SMS service."""
