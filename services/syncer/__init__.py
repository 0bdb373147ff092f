"""Cal.com, Retell and Stripe events → appointments, calls and subscriptions in our database."""
