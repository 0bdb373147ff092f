"""What the console does, in plain Python."""
