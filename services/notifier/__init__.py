"""Outcomes → people: e-mail, chat, SMS."""
