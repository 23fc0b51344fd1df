"""One module for each thing that is measured. Each has CASE, and its whole story from set-up to figures."""
