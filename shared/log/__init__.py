"""What the system tells of itself: one JSON object to a line, by Python's own logging."""
