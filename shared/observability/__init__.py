"""Logs, metrics and traces, each line with the context of its request or delivery."""
