"""Preflight from a desk or a pipeline: what the app says of itself, what is seen from outside, and what only a run proves."""
