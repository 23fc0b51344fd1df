"""The life of a run: its states, its transitions and its identity. No I/O; knows neither HTTP nor storage."""
