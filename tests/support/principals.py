"""The principal header, as App Service authentication writes it."""

import base64
import json
from typing import Any

TENANT = "7e7a0000-0000-4000-8000-00000000000a"
OBJECT = "0b1ec700-0000-4000-8000-000000000001"
LONG_TENANT = "http://schemas.microsoft.com/identity/claims/tenantid"
LONG_OBJECT = "http://schemas.microsoft.com/identity/claims/objectidentifier"
EMAIL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
LONG_ROLE = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"

type Claims = tuple[tuple[Any, Any], ...]

IDENTITY: Claims = (("tid", TENANT), ("oid", OBJECT))


def principal(*claims: tuple[Any, Any], **members: Any) -> str:
    shape = {
        "auth_typ": "aad",
        "claims": [{"typ": name, "val": value} for name, value in claims],
        "name_typ": EMAIL,
        "role_typ": LONG_ROLE,
    }
    return encoded(json.dumps(shape | members))


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
