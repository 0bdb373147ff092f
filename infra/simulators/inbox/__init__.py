"""Where the project's own messages arrive: a mailbox with its SMTP server, a chat, an SMS service."""
