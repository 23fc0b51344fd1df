"""What only a connector says of the members of a body."""

from collections.abc import Mapping
from typing import Any

from connector_helpers import pickers
from connector_helpers.start_fields import FIELDS
from infra.connector.overlay import Visibility
from shared.run.events import EventType

MEMBERS: Mapping[str, Mapping[str, Mapping[str, Any] | None]] = {
    "StartItem": {
        "flowId": {"x-ms-summary": "Desktop Flow", **pickers.FLOW},
        **FIELDS,
        "inputs": None,  # apps know no open objects
        "inputsJson": {"description": "The flow's inputs by their names, as the text of one JSON object."},
    },
    "SubscribeBody": {
        "url": {"x-ms-notification-url": True, "x-ms-visibility": Visibility.INTERNAL},
        "events": {
            "x-ms-visibility": Visibility.INTERNAL,
            "default": [str(each) for each in EventType if each.ends],
        },
        "flowId": {
            "x-ms-summary": "Desktop Flow",
            "description": "Only runs of this flow; without any, all.",
            **pickers.FLOW,
        },
        "secret": None,  # the platform checks no signature
    },
    "SubscriptionView": {"secret": None},
}
"""What forms need beside the declared members of a definition, in the order of the form; None leaves a member out."""
