"""What apiProperties.json may hold, as far as a connector like ours needs it."""

from typing import Any

_TEXT = {"type": "string", "minLength": 1}
_GUID = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}


def closed(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": required | optional,
        "required": list(required),
        "additionalProperties": False,
    }


def _value(schema: dict[str, Any]) -> dict[str, Any]:
    return closed({"value": schema})


_KEY = closed(
    {
        "type": {"const": "securestring"},
        "uiDefinition": closed(
            {
                "displayName": _TEXT,
                "description": _TEXT,
                "tooltip": _TEXT,
                "constraints": closed(
                    {
                        "tabIndex": {"type": "integer"},
                        "clearText": {"const": False},
                        "required": {"const": "true"},
                    }
                ),
            }
        ),
    }
)
_TOKEN = closed(
    {
        "type": {"const": "oauthSetting"},
        "oAuthSettings": closed(
            {
                "identityProvider": {"const": "aad"},
                "clientId": _GUID,
                "scopes": {"type": "array", "items": _TEXT},
                "redirectMode": {"enum": ["Global", "GlobalPerConnector"]},
                "redirectUrl": {"type": "string", "pattern": "^https://"},
                "properties": closed(
                    {
                        "IsFirstParty": {"const": "False"},
                        "AzureActiveDirectoryResourceId": _GUID,
                        "IsOnbehalfofLoginSupported": {"type": "boolean"},
                    }
                ),
                "customParameters": closed(
                    {
                        "loginUri": _value({"type": "string", "pattern": "^https://"}),
                        "tenantId": _value(_GUID),
                        "resourceUri": _value(_GUID),
                        "enableOnbehalfOfLogin": _value({"enum": ["true", "false"]}),
                    }
                ),
            }
        ),
    }
)
_POLICY = closed(
    {
        "templateId": {"const": "updatenextlink"},
        "title": _TEXT,
        "parameters": closed(
            {
                "x-ms-apimTemplate-operationName": {"type": "array", "items": _TEXT, "minItems": 1},
                "x-ms-apimTemplateParameter.nextLinkPropertyName": _TEXT,
            }
        ),
    }
)
SCHEMA = closed(
    {
        "properties": closed(
            {
                "connectionParameters": {"oneOf": [closed({"api_key": _KEY}), closed({"token": _TOKEN})]},
                "iconBrandColor": {"type": "string", "pattern": "^#[0-9a-f]{6}$"},
                "capabilities": {"type": "array", "items": _TEXT},
                "policyTemplateInstances": {"type": "array", "items": _POLICY},
            }
        )
    }
)
