"""The houses: each takes messages or requests in and has one effect."""
