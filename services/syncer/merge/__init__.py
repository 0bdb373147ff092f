"""Merging, pure: (state, change) → state, the same whatever the order in which changes arrive."""
