"""Numbers, versions, tags and parameters."""

import json
import re
from collections.abc import Iterator

from infra.check.files import FOLDER, MAIN
from infra.check.looking import Files, at, deployed, finding, stands_for, text
from infra.check.rules.settings import given_settings
from infra.check.schemas.azure import resource_type
from infra.check.syntax import Bicep, Call, Expression, Finding, Number, Object

_SITES = "Microsoft.Web/sites"
_KEPT_FREE = 2
"""Threads that starts never hold: shared/pace/seats.py."""


def a_worker_has_threads_for_what_it_is_given(files: Files) -> Iterator[Finding]:
    """An instance is given no more calls than it has threads, and more than one connection that hangs can hold."""
    for file, site in deployed(files, _SITES):
        scale = at(site.body, "properties", "functionAppConfig", "scaleAndConcurrency")
        calls = _number(file, at(scale, "triggers", "http", "perInstanceConcurrency"))
        set_ = [value for _, name, value in given_settings(files) if name == "PYTHON_THREADPOOL_THREAD_COUNT"]
        threads = _number(file, set_[0]) if set_ else None
        if calls is None or threads is None:
            yield finding(file, site, "it does not say how many calls an instance has, and how many threads")
        elif not (threads - _KEPT_FREE) // 2 < calls <= threads:
            yield finding(file, site, f"{calls} calls do not go with {threads} threads")


def _number(file: Bicep, value: Expression | None) -> int | None:
    if isinstance(value, Call) and value.function == "string":
        value = value.arguments[0]
    value = stands_for(file, value)
    return value.value if isinstance(value, Number) else None


def python_is_the_one_that_is_tested(files: Files) -> Iterator[Finding]:
    """The runtime is that of .python-version."""
    tested = (FOLDER.parent / ".python-version").read_text(encoding="utf-8").strip()
    for file, site in deployed(files, _SITES):
        runtime = at(site.body, "properties", "functionAppConfig", "runtime")
        if (text(at(runtime, "name")), text(at(runtime, "version"))) != ("python", tested):
            yield finding(file, site, f"it does not run Python {tested}")


def everything_is_tagged(files: Files) -> Iterator[Finding]:
    """Whatever can bear a tag bears the environment's: azd down finds it by that."""
    for file in files.values():
        for resource in file.every_resource():
            described = None if resource.existing else resource_type(resource.type)
            if described is not None and "tags" in described.body and at(resource.body, "tags") is None:
                yield finding(file, resource, f"{resource.name} has no tags")


def azd_finds_its_service(files: Files) -> Iterator[Finding]:
    """The app bears the name of azure.yaml's one service, and the group that of the environment."""
    (service,) = re.findall(
        r"^services:\n  (\w+):", (FOLDER.parent / "azure.yaml").read_text(encoding="utf-8"), re.MULTILINE
    )
    for file, site in deployed(files, _SITES):
        tags = at(site.body, "tags")
        added = tags.arguments[-1] if isinstance(tags, Call) else tags
        if text(at(added, "azd-service-name")) != service:
            yield finding(file, site, f"azd-service-name is not {service}")
    main = files[MAIN]
    tags = stands_for(main, next((each.value for each in main.variables if each.name == "tags"), None))
    if not isinstance(tags, Object) or tags.get("azd-env-name") is None:
        yield Finding(main.name, 1, "azd-env-name is not among the tags")


def parameters_are_described(files: Files) -> Iterator[Finding]:
    """Each parameter of main.bicep says what it is: azd shows that to whoever is asked for it."""
    for parameter in files[MAIN].parameters:
        said = parameter.decorators.get("description", ())
        if not said or not text(said[0]):
            yield Finding("main.bicep", parameter.line, f"{parameter.name} is not described")


def azd_gives_the_parameters(files: Files) -> Iterator[Finding]:
    """main.parameters.json gives each parameter from azd's environment, with main.bicep's default where there is one."""
    given = json.loads((FOLDER / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    parameters = {each.name: each for each in files[MAIN].parameters}
    for name in sorted(given.keys() ^ parameters.keys()):
        yield Finding("main.parameters.json", 1, f"{name} is not in both")
    for name in sorted(given.keys() & parameters.keys()):
        written = re.fullmatch(r"\$\{[A-Z_]+(?:=(.*))?\}", given[name]["value"])
        if written is None or written[1] != _plain(parameters[name].default):
            yield Finding("main.parameters.json", 1, f"{name} has another default, or none of azd's names")


def _plain(default: Expression | None) -> str | None:
    if default is None:
        return None
    said = text(default)
    return said if said is not None else str(getattr(default, "value", "")).lower()
