"""What voice_tools keeps, reads and asks of others."""
