"""Who reaches what."""

import ipaddress
from collections.abc import Iterator

from infra.check.looking import Files, at, deployed, finding, is_flag, is_symbol, objects, stands_for, text
from infra.check.syntax import Array, Call, Choice, Expression, Finding, Number, Object

_SITES = "Microsoft.Web/sites"
_CLOSED_WITH_THE_NETWORK = (
    "Microsoft.Storage/storageAccounts",
    "Microsoft.KeyVault/vaults",
    "Microsoft.EventGrid/topics",
)
_SMALLEST_SUBNET = 27


def sites_speak_tls(files: Files) -> Iterator[Finding]:
    """HTTPS only, TLS 1.2 or later, no FTP, no debugger."""
    for file, site in deployed(files, _SITES):
        said, config = at(site.body, "properties"), at(site.body, "properties", "siteConfig")
        if not is_flag(at(said, "httpsOnly"), wanted=True):
            yield finding(file, site, "it answers without TLS")
        for name in ("minTlsVersion", "scmMinTlsVersion"):
            if text(at(config, name)) not in {"1.2", "1.3"}:
                yield finding(file, site, f"{name} is below 1.2")
        if text(at(config, "ftpsState")) != "Disabled":
            yield finding(file, site, "it can be written to by FTP")
        if not is_flag(at(config, "remoteDebuggingEnabled"), wanted=False):
            yield finding(file, site, "it can be debugged")


def storage_is_closed_with_the_network(files: Files) -> Iterator[Finding]:
    """Without public access, storage, Key Vault and the topic are closed to the public network, and their firewalls to everybody."""
    for kind in _CLOSED_WITH_THE_NETWORK:
        for file, resource in deployed(files, kind):
            said = at(resource.body, "properties")
            if not _follows(at(said, "publicNetworkAccess"), "Enabled", "Disabled"):
                yield finding(file, resource, "publicNetworkAccess does not follow publicAccess")
            rules = at(said, "networkAcls")
            if rules is not None and not _follows(at(rules, "defaultAction"), "Allow", "Deny"):
                yield finding(file, resource, "defaultAction does not follow publicAccess")


def _follows(value: Expression | None, public: str, private: str) -> bool:
    return (
        isinstance(value, Choice)
        and is_symbol(value.condition, "publicAccess")
        and (text(value.then), text(value.otherwise)) == (public, private)
    )


def callbacks_need_the_public_network(files: Files) -> Iterator[Finding]:
    """Dataverse is given a callback URL only where it can reach it; elsewhere the poller looks more often, and nobody sets one by the way."""
    for file, site in deployed(files, _SITES):
        if not _follows(at(site.body, "properties", "publicNetworkAccess"), "Enabled", "Disabled"):
            yield finding(file, site, "publicNetworkAccess does not follow publicAccess")
        for child in site.children:
            if text(at(child.body, "name")) != "appsettings":
                continue
            for settings, choices in objects(file, at(child.body, "properties")):
                public = any(is_symbol(each.condition, "publicAccess") for each in choices)
                if at(settings, "PUBLIC_BASE_URL") is not None and not public:
                    yield finding(file, settings, "PUBLIC_BASE_URL is set where nobody can call back")
                schedule = at(settings, "POLL_SCHEDULE")
                if schedule is not None and not _polls_more_often(schedule):
                    yield finding(file, schedule, "without callbacks the poller has to look more often")
        never = stands_for(file, next((v.value for v in file.variables if v.name == "neverChosen"), None))
        names = {text(each) for each in never.items} if isinstance(never, Array) else set()
        if "PUBLIC_BASE_URL" not in names:
            yield finding(file, site, "further settings can set PUBLIC_BASE_URL")


def _polls_more_often(schedule: Expression) -> bool:
    """Every so many seconds, rather than at one second of the minute."""
    return (
        isinstance(schedule, Choice)
        and is_symbol(schedule.condition, "publicAccess")
        and (text(schedule.otherwise) or "").startswith("*/")
    )


def restrictions_let_dataverse_in(files: Files) -> Iterator[Finding]:
    """Where addresses are restricted all others are refused, and AzureCloud is admitted: Dataverse has no addresses of its own."""
    for file, site in deployed(files, _SITES):
        config = at(site.body, "properties", "siteConfig")
        default = at(config, "ipSecurityRestrictionsDefaultAction")
        if not isinstance(default, Choice) or text(default.otherwise) != "Deny":
            yield finding(file, site, "what is not allowed is not refused")
        rules = at(config, "ipSecurityRestrictions")
        listed = rules.otherwise if isinstance(rules, Choice) else None
        parts = listed.arguments if isinstance(listed, Call) else ()
        given = [stands_for(file, item) for part in parts if isinstance(part, Array) for item in part.items]
        if not any(_admits_azure(each) for each in given):
            yield finding(file, site, "Dataverse is kept out")


def _admits_azure(rule: Expression | None) -> bool:
    wanted = {"ipAddress": "AzureCloud", "tag": "ServiceTag", "action": "Allow"}
    return all(text(at(rule, name)) == value for name, value in wanted.items())


def the_subnet_is_one_that_flex_takes(files: Files) -> Iterator[Finding]:
    """Delegated to Microsoft.App/environments, a /27 or larger, no underscore in its name; and nothing else stands in it."""
    for file, network in deployed(files, "Microsoft.Network/virtualNetworks"):
        subnets = at(network.body, "properties", "subnets")
        listed = subnets.items if isinstance(subnets, Array) else ()
        for subnet in listed:
            delegations = at(subnet, "properties", "delegations")
            if not isinstance(delegations, Array):
                continue
            services = [text(at(each, "properties", "serviceName")) for each in delegations.items]
            if services != ["Microsoft.App/environments"]:
                yield finding(file, subnet, "it is delegated to something else")
            if "_" in (text(at(subnet, "name")) or "_"):
                yield finding(file, subnet, "Flex takes no underscore in the name")
            if not _is_large_enough(stands_for(file, at(subnet, "properties", "addressPrefix"))):
                yield finding(file, subnet, f"it is smaller than a /{_SMALLEST_SUBNET}")
        if not any(at(each, "properties", "delegations") for each in listed if isinstance(each, Object)):
            yield finding(file, network, "no subnet is the app's")


def _is_large_enough(prefix: Expression | None) -> bool:
    if isinstance(prefix, Call) and prefix.function == "cidrSubnet":
        size = prefix.arguments[1]
        return isinstance(size, Number) and size.value <= _SMALLEST_SUBNET
    given = text(prefix)
    return given is not None and ipaddress.ip_network(given).prefixlen <= _SMALLEST_SUBNET
