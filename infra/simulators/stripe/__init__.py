"""The part of Stripe's API that a subscription needs, with its webhooks."""
