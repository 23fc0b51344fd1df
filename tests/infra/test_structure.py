"""What a compiler would refuse is found without one."""

import pytest

from infra.check import structure
from tests.infra.spoiling import WHOLE, spoilt

FAULTS = {
    "unknown property": ("app", "httpsOnly: true", "httpOnly: true", "there is no httpOnly here"),
    "unknown property, deep": ("app", "instanceCount:", "count:", "there is no count here"),
    "unknown property, in a variable": ("app", "ipAddress: 'AzureCloud'", "address: 'AzureCloud'", "there is no address"),
    "unknown property, in a function": ("app", "ipAddress: address", "ip: address", "there is no ip here"),
    "unknown property, in a loop": ("private-endpoints", "groupIds: [each.group]", "groups: [each.group]", "no groups"),
    "unknown property, of a child": ("host-storage", "publicAccess: 'None'", "public: 'None'", "there is no public here"),
    "unknown property, of a form": ("authentication", "excludedPaths: [", "openPaths: [", "there is no openPaths here"),
    "text for a flag": ("app", "httpsOnly: true", "httpsOnly: 'true'", "string where bool is wanted"),
    "flag for a text": ("app", "minTlsVersion: '1.2'", "minTlsVersion: true", "bool where"),
    "number for a text": ("app", "version: '3.13'", "version: 3", "int where string is wanted"),
    "text for a number": ("app", "instanceMemoryMB: 2048", "instanceMemoryMB: '2048'", "string where int is wanted"),
    "a parameter of another kind": ("app", "maximumInstanceCount: maximumInstances", "maximumInstanceCount: name", "string where int"),
    "one for several": ("network", "addressPrefixes: [addressRange]", "addressPrefixes: addressRange", "where string[] is wanted"),
    "several for one": ("app", "http: { perInstanceConcurrency: concurrency }", "http: [{ perInstanceConcurrency: concurrency }]", "array where"),
    "an object for a text": ("app", "kind: 'functionapp'", "kind: { a: 'b' }", "object where string is wanted"),
    "a word that there is not": ("run-storage", "'TLS1_2'", "'TLS_1_2'", "'TLS_1_2' is none of"),
    "a word that there is not, by choice": ("vault", "'Allow' : 'Deny'", "'Allow' : 'Refuse'", "'Refuse' is none of"),
    "missing": ("vault", "    tenantId: tenant().tenantId\n", "", "tenantId is missing"),
    "missing, at the top": ("identity", "  location: location\n", "", "location is missing"),
    "missing, in an object": ("vault", "sku: { family: 'A', name: 'standard' }", "sku: { family: 'A' }", "name is missing"),
    "Azure's to write": ("topic", "disableLocalAuth: true", "disableLocalAuth: true\n    endpoint: 'x'", "endpoint is Azure's to write"),
    "a form that there is not": ("authentication", "'authsettingsV2'", "'authsettingsV3'", "has no form"),
    "another API version": ("topic", "@2025-02-15", "@2019-06-01", "known as of 2025-02-15"),
    "a type that there is not": ("topic", "Microsoft.EventGrid/topics@", "Microsoft.EventGrid/topic@", "not among the known types"),
    "a child that there is not": ("run-storage", "'tableServices'", "'tableService'", "not among the known types"),
    "a name that is not declared": ("topic", "name: name", "name: nme", "nme is not declared"),
    "a variable that is not used": ("app", "var threads = 32", "var threads = 32\nvar others = 1", "others is not used"),
    "a parameter that is not used": ("topic", "param name string", "param name string\nparam other string = ''", "other is not used"),
    "declared twice": ("topic", "param name string", "param name string\nparam name string", "name is declared twice"),
    "a member that an object has not": ("roles", "granted.packages.role)\n    d", "granted.package.role)\n    d", "there is no package in it"),
    "a member that a resource has not": ("topic", "topic.properties.endpoint", "topic.properties.endpont", "there is no endpont in it"),
    "a member, deeper": ("run-storage", "primaryEndpoints.table", "primaryEndpoints.tables", "there is no tables in it"),
    "a member of one of several": ("private-endpoints", "each.zone)].id", "each.zone)].ids", "there is no ids in it"),
    "a file's member": ("main", "abbreviations.keyVaults", "abbreviations.keyVault", "there is no keyVault in it"),
    "an output that there is not": ("main", "identity.outputs.clientId", "identity.outputs.client", "there is no client in it"),
    "a module without what it needs": ("main", "    tableName: runsTable\n", "", "needs tableName"),
    "a module with something else": ("main", "    tableName: runsTable\n", "    tableName: runsTable\n    x: ''\n", "has no parameter x"),
    "a module with another kind": ("main", "retentionDays: logRetentionDays", "retentionDays: location", "is int, and gets string"),
    "a module with an output of another kind": ("main", "publicAccess: publicAccess\n", "publicAccess: identity.outputs.id\n", "is bool, and gets string"),
    "a module that there is not": ("main", "modules/topic.bicep", "modules/topics.bicep", "there is no modules/topics.bicep"),
    "a module from elsewhere": ("main", "modules/topic.bicep", "br/public:avm/res/event-grid/topic:0.9.0", "there is no br/public"),
    "a module's own property": ("main", "  name: 'topic'\n", "  name: 'topic'\n  params2: {}\n", "a module has no params2"),
    "a default of another kind": ("main", "param publicAccess bool = true", "param publicAccess bool = 'yes'", "is bool, and gets string"),
    "an output of another kind": ("topic", "output endpoint string", "output endpoint int", "is int, and gets string"),
    "a function that there is not": ("app", "string(threads)", "text(threads)", "text is no function"),
    "a function without what it needs": ("app", "indexOf(each, '=')", "indexOf(each)", "another number of arguments"),
    "a decorator that there is not": ("main", "@minLength(1)", "@minimum(1)", "minimum is no decorator"),
}  # fmt: skip


def test_nothing_is_wrong() -> None:
    """All names are known, and everything is of Azure's types."""
    assert [] == structure.findings(WHOLE)


@pytest.mark.parametrize(("name", "old", "new", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found(name: str, old: str, new: str, said: str) -> None:
    """Said in words, of the file that it is in."""
    found = [str(each) for each in structure.findings(spoilt(name, old, new))]

    assert [each for each in found if said in each and each.startswith(f"{name}.bicep:")], found
