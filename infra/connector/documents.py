"""The two files of a connector: its definition (OpenAPI 2.0), and its properties."""

from collections import defaultdict
from itertools import chain
from typing import Any

from infra.api.openapi import types_of
from infra.api.routes import routes
from infra.connector.definitions import Definitions
from infra.connector.operations import described
from infra.connector.overlay import Dynamic
from infra.connector.shown import SHOWN
from infra.connector.variants import Variant
from shared.http.call import API_VERSION
from shared.http.plain_schema import Json

HOST = "contoso-deskhand.azurewebsites.net"
"""In the committed files; `fill` puts a deployment's own in its place."""
_DESCRIPTION = (
    "Runs Power Automate desktop flows: pick a flow, fill in its inputs, and get its outputs, or go on at once and be told when the run "
    "has ended. A desktop flow is started at most once, whatever gets lost on the way, and a run can be followed, listed and canceled."
)


def definition(variant: Variant, host: str = HOST) -> Json:
    """In the order that Microsoft's coding standards ask for."""
    found = {route.name: route for route in routes()}
    definitions = Definitions(chain(types_of(routes()), _given()))
    paths: dict[str, Json] = defaultdict(dict)
    for shown in SHOWN:
        route = found[shown.function]
        paths[route.path][route.method] = described(shown, found, definitions)
        if shown.notifies is not None:
            paths[route.path]["x-ms-notification-content"] = {
                "description": "The run, as it has ended.",
                "schema": definitions.schema(shown.notifies),
            }
    security = variant.security()
    return {
        "swagger": "2.0",
        "info": {
            "title": "Deskhand",
            "description": _DESCRIPTION,
            "version": API_VERSION,
            "contact": {"name": "Deskhand", "url": f"https://{host}"},
        },
        "host": host,
        "basePath": "/api",
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "paths": dict(paths),
        "definitions": definitions.written(),
        "securityDefinitions": security,
        "security": [{name: []} for name in security],
        "x-ms-capabilities": {"testConnection": {"operationId": "ListFlowChoices", "parameters": {}}},
        "x-ms-connector-metadata": [
            {"propertyName": "Website", "propertyValue": f"https://{host}"},
            {"propertyName": "Privacy policy", "propertyValue": f"https://{host}"},
            {"propertyName": "Categories", "propertyValue": "IT Operations;Productivity"},
        ],
    }


def _given() -> list[Any]:
    """Types that only the connector tells of."""
    bodies = [body for shown in SHOWN for body in (*shown.gives.values(), shown.notifies)]
    return [body for body in bodies if body is not None and not isinstance(body, Dynamic)]


def properties(variant: Variant, defined: Json) -> Json:
    """Pages of a list are asked for through the connection, which adds the key or token: so their links have to lead there."""
    paged = [
        operation["operationId"]
        for path in defined["paths"].values()
        for operation in path.values()
        if "x-ms-pageable" in operation
    ]
    return {
        "properties": {
            "connectionParameters": variant.connection(),
            "iconBrandColor": "#da3b01",
            "capabilities": [],
            "policyTemplateInstances": [
                {
                    "templateId": "updatenextlink",
                    "title": "Ask for further pages through the connection",
                    "parameters": {
                        "x-ms-apimTemplate-operationName": paged,
                        "x-ms-apimTemplateParameter.nextLinkPropertyName": "nextLink",
                    },
                }
            ],
        }
    }
