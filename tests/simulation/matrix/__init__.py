"""The crash matrix: every use case, disturbed once at every point where it asks Table Storage or Dataverse for something.

`docs/crash-matrix.md` is made of it: `python -m tests.simulation.matrix --write`. From the ground up: `points` (requests by
name), `script` (one fault, at one of them), `stage` (the simulation's parts with that script), `cases` (the use cases), `history`
(one of them, disturbed once, until all is settled), `diagram` and `page`.
"""
