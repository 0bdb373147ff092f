"""One file for each part of the console: its routes, what they are given, and what goes on by itself."""
