"""A start, whoever asks for it: what is asked, the checks, the intent, the one send, and what came of it."""
