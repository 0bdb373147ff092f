"""Clients of Retell, Cal.com, Stripe, mail and chat."""
