"""Messages: models and names on the wire, nothing that does anything."""
