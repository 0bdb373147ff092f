"""What each function does, in plain Python."""
