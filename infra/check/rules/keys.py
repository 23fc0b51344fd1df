"""Nobody comes with a key: neither we nor others."""

import re
from collections.abc import Iterator

from infra.check.looking import Files, at, deployed, finding, is_flag, path_of, text
from infra.check.schemas.azure import resource_type
from infra.check.syntax import Call, Finding, Output, Text, every

_STORAGE = "Microsoft.Storage/storageAccounts"
_SITES = "Microsoft.Web/sites"
_READS_KEYS = re.compile(r"listKeys\(|list\w*Secrets?\(|AccountKey=|SharedAccessKey=|getSecret\(")
_SECRET = re.compile(r"key|secret|password|token|connection|credential", re.IGNORECASE)
_NO_SECRETS = {
    ("monitoring.bicep", "connection"): "with local authentication off it opens nothing",
    ("vault.bicep", "signingKeysUri"): "an address, which opens nothing",
    ("main.bicep", "AZURE_KEY_VAULT_ID"): "an address",
    ("main.bicep", "AZURE_KEY_VAULT_URI"): "an address",
}


def storage_takes_no_key(files: Files) -> Iterator[Finding]:
    """Storage accounts say literally that shared keys, public blobs, other tenants, local users and old TLS are refused."""
    for file, account in deployed(files, _STORAGE):
        said = at(account.body, "properties")
        for name in (
            "allowSharedKeyAccess",
            "allowBlobPublicAccess",
            "allowCrossTenantReplication",
            "isLocalUserEnabled",
        ):
            if not is_flag(at(said, name), wanted=False):
                yield finding(file, account, f"{name} is not false")
        if not is_flag(at(said, "supportsHttpsTrafficOnly"), wanted=True):
            yield finding(file, account, "it can be spoken to without TLS")
        if text(at(said, "minimumTlsVersion")) not in {"TLS1_2", "TLS1_3"}:
            yield finding(file, account, "minimumTlsVersion is below TLS1_2")


def nothing_has_keys_of_its_own(files: Files) -> Iterator[Finding]:
    """Whatever can have local authentication has it turned off, publishing by password included."""
    for file in files.values():
        for resource in file.every_resource():
            described = None if resource.existing else resource_type(resource.type)
            if described is None:
                continue
            properties = str(described.body.get("properties", "")).lstrip("!-")
            for step in ((), ("features",)):
                made = described.types.get(properties, {})
                for name in step:
                    made = described.types.get(str(made.get(name, "")), {})
                for name in made:
                    if name.lower() == "disablelocalauth" and not is_flag(
                        at(resource.body, "properties", *step, name), wanted=True
                    ):
                        yield finding(file, resource, f"{name} is not true")
    for file, site in deployed(files, _SITES):
        off = {
            text(at(each.body, "name"))
            for each in site.children
            if each.type.endswith("/basicPublishingCredentialsPolicies")
            and is_flag(at(each.body, "properties", "allow"), wanted=False)
        }
        for name in sorted({"ftp", "scm"} - off):
            yield finding(file, site, f"{name} takes a user name and a password")


def no_key_is_read(files: Files) -> Iterator[Finding]:
    """No file asks Azure for a key, or holds one."""
    for file in files.values():
        for expression in file.expressions():
            if isinstance(expression, Call) and _READS_KEYS.search(f"{expression.function}("):
                yield finding(file, expression, f"{expression.function} reads a key")
            pieces = expression.pieces if isinstance(expression, Text) else ()
            if any(isinstance(each, str) and _READS_KEYS.search(each) for each in pieces):
                yield finding(file, expression, "this is a key, or asks for one")


def outputs_hold_no_secret(files: Files) -> Iterator[Finding]:
    """Outputs stand in the deployment's history for whoever may read it."""
    for file in files.values():
        secure = {each.name for each in file.parameters if "secure" in each.decorators}
        for output in file.outputs:
            if (file.name, output.name) not in _NO_SECRETS and _tells(output, secure):
                yield Finding(file.name, output.line, f"{output.name} can hold a secret")


def _tells(output: Output, secure: set[str]) -> bool:
    """By its own name, or by what it is made of."""
    made_of = {path_of(each) for each in every(output.value)}
    ends = {name.rpartition(".")[2] for name in made_of if "." in name}
    return bool(made_of & secure) or any(map(_SECRET.search, {output.name, *ends}))


def the_vault_is_opened_by_roles(files: Files) -> Iterator[Finding]:
    """Key Vault asks Azure's roles, not a list of its own, and forgets nothing at once."""
    for file, vault in deployed(files, "Microsoft.KeyVault/vaults"):
        said = at(vault.body, "properties")
        if not is_flag(at(said, "enableRbacAuthorization"), wanted=True) or at(said, "accessPolicies"):
            yield finding(file, vault, "it has access policies")
        if not is_flag(at(said, "enableSoftDelete"), wanted=True):
            yield finding(file, vault, "what is deleted is gone")
