"""Retell's API as it answers, refuses, calls functions and sends webhooks."""
