"""Timeouts, retries, circuits and rate budgets around every call to somebody else."""
