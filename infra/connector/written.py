"""The files as they are written: by their fixed names, indented as Microsoft's coding standards ask for."""

import json
from pathlib import Path

from shared.http.plain_schema import Json

FOLDER = Path(__file__).parent
DEFINITION = "apiDefinition.swagger.json"
PROPERTIES = "apiProperties.json"


def written(document: Json) -> str:
    return json.dumps(document, indent=4, ensure_ascii=False) + "\n"
