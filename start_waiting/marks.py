"""The marks by which newcomers know that others wait for their connection: put right by each look at the queue."""

from collections import Counter
from collections.abc import Sequence

from shared.storage.rows import Turn
from shared.wiring import Deskhand


def mark_queues(app: Deskhand, turns: Sequence[Turn]) -> None:
    """`turns` were read after the gate: a run that has joined since has written its mark since. Raises StorageError."""
    lengths = Counter(turn.connection_id for turn in turns)
    marks = app.gate.view.queues
    for connection_id, length in lengths.items():
        if connection_id not in marks or marks[connection_id].length != length:
            app.gate.mark_queue(connection_id, length)
    for connection_id in [each for each in marks if each not in lengths]:
        app.gate.unmark_queue(marks[connection_id])
