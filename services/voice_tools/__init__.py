"""Functions that the voice agent calls while a caller is on the line → answers sized for speech."""
