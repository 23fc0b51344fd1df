"""The connector's files, to be spoiled."""

from copy import deepcopy
from typing import Any

from infra.connector.documents import definition, properties
from infra.connector.variants import FunctionKey

type Json = dict[str, Any]

DEFINITION = definition(FunctionKey())
PROPERTIES = properties(FunctionKey(), DEFINITION)


def copies() -> tuple[Json, Json]:
    return deepcopy(DEFINITION), deepcopy(PROPERTIES)
