"""The demo: a branch is entered, a caller books, a booking is cancelled, one message is poisoned."""
