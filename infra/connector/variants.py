"""How a connection shows who it is: by a function key, or as its user by Microsoft Entra ID."""

from abc import abstractmethod
from typing import Protocol

import msgspec

from shared.http.plain_schema import Json

_LOGIN = "https://login.microsoftonline.com"


class Variant(Protocol):
    """The two places that a connector says it in."""

    @abstractmethod
    def security(self) -> Json:
        """`securityDefinitions` of the definition."""

    @abstractmethod
    def connection(self) -> Json:
        """`connectionParameters` of the properties."""


class FunctionKey(msgspec.Struct, frozen=True):
    """For deployments with AUTH_MODE=keys."""

    def security(self) -> Json:
        return {"functionKey": {"type": "apiKey", "in": "header", "name": "x-functions-key"}}

    def connection(self) -> Json:
        return {
            "api_key": {
                "type": "securestring",
                "uiDefinition": {
                    "displayName": "Function Key",
                    "description": "A function key of the Deskhand function app.",
                    "tooltip": "In the Azure portal: the function app, App keys, Host keys.",
                    "constraints": {"tabIndex": 2, "clearText": False, "required": "true"},
                },
            }
        }


class Entra(msgspec.Struct, frozen=True, kw_only=True):
    """For deployments with AUTH_MODE=entra."""

    tenant: str
    client_id: str
    """The app registration that signs users in for the connector."""
    resource: str
    """The app registration of the function app; often the same."""

    def security(self) -> Json:
        return {
            "entraId": {
                "type": "oauth2",
                "flow": "accessCode",
                "authorizationUrl": f"{_LOGIN}/{self.tenant}/oauth2/authorize",
                "tokenUrl": f"{_LOGIN}/{self.tenant}/oauth2/token",
                "scopes": {},
            }
        }

    def connection(self) -> Json:
        return {
            "token": {
                "type": "oauthSetting",
                "oAuthSettings": {
                    "identityProvider": "aad",
                    "clientId": self.client_id,
                    "scopes": [],
                    "redirectMode": "GlobalPerConnector",
                    "redirectUrl": "https://global.consent.azure-apim.net/redirect",
                    "properties": {
                        "IsFirstParty": "False",
                        "AzureActiveDirectoryResourceId": self.resource,
                        "IsOnbehalfofLoginSupported": True,
                    },
                    "customParameters": {
                        "loginUri": {"value": _LOGIN},
                        "tenantId": {"value": self.tenant},
                        "resourceUri": {"value": self.resource},
                        "enableOnbehalfOfLogin": {"value": "false"},
                    },
                },
            }
        }
