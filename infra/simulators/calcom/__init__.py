"""Cal.com's API v2 as it answers, refuses and sends webhooks."""
