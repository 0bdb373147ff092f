"""The side-by-side benchmark: what the promises cost, beside the same work without them, in one run."""
