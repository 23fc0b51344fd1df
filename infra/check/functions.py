"""Bicep's own functions, as many as are used: how many arguments each takes, and what it gives."""

import msgspec


class Function(msgspec.Struct, frozen=True):
    least: int
    most: int
    gives: str


_MANY = 99

FUNCTIONS = {
    "cidrSubnet": Function(3, 3, "string"),
    "concat": Function(1, _MANY, "any"),
    "contains": Function(2, 2, "bool"),
    "empty": Function(1, 1, "bool"),
    "endsWith": Function(2, 2, "bool"),
    "environment": Function(0, 0, "any"),
    "filter": Function(2, 2, "array"),
    "first": Function(1, 1, "any"),
    "format": Function(2, _MANY, "string"),
    "guid": Function(1, _MANY, "string"),
    "indexOf": Function(2, 2, "int"),
    "join": Function(2, 2, "string"),
    "json": Function(1, 1, "any"),
    "last": Function(1, 1, "any"),
    "length": Function(1, 1, "int"),
    "loadJsonContent": Function(1, 1, "any"),
    "loadTextContent": Function(1, 1, "string"),
    "map": Function(2, 2, "array"),
    "padLeft": Function(3, 3, "string"),
    "range": Function(2, 2, "array"),
    "replace": Function(3, 3, "string"),
    "resourceGroup": Function(0, 0, "any"),
    "resourceId": Function(2, _MANY, "string"),
    "split": Function(2, 2, "array"),
    "string": Function(1, 1, "string"),
    "subscription": Function(0, 0, "any"),
    "subscriptionResourceId": Function(2, _MANY, "string"),
    "substring": Function(2, 3, "string"),
    "take": Function(2, 2, "any"),
    "tenant": Function(0, 0, "any"),
    "toLower": Function(1, 1, "string"),
    "toObject": Function(2, 3, "object"),
    "trim": Function(1, 1, "string"),
    "union": Function(1, _MANY, "any"),
    "uniqueString": Function(1, _MANY, "string"),
}
DECORATORS = {
    "allowed",
    "description",
    "maxLength",
    "maxValue",
    "metadata",
    "minLength",
    "minValue",
    "secure",
}
