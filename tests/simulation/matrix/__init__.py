"""Every use case, disturbed once at every point where it asks Table Storage or Dataverse for something.

From the ground up: `points` (requests by name), `script` (one fault, at one of them), `stage` (the simulation's parts with that
script), `cases` (the use cases), `history` (one of them, disturbed once, until all is settled).
"""
