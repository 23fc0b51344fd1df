"""App service authentication and the table of routes agree."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from infra.api.routes import routes
from infra.check.looking import Files, at, deployed, finding, is_flag, text
from infra.check.syntax import Array, Bicep, Finding, Resource

_CONFIG = "Microsoft.Web/sites/config"


def _authentication(files: Files) -> Iterator[tuple[Bicep, Resource]]:
    for file, config in deployed(files, _CONFIG):
        if text(at(config.body, "name")) == "authsettingsV2":
            yield file, config


def open_paths() -> set[str]:
    """Paths that are open by every method. One that is open by some only needs a token: those who come without it are refused."""
    by_path: dict[str, list[bool]] = {}
    for route in routes():
        by_path.setdefault(f"/api{route.path}", []).append(route.rule is None)
    return {_pattern(path) for path, rules in by_path.items() if all(rules)}


def _pattern(path: str) -> str:
    fixed, parameter, _ = path.partition("{")
    return f"{fixed}*" if parameter else path


def what_is_open_needs_no_token(files: Files) -> Iterator[Finding]:
    """The excluded paths are the routes that are open to all, each of them and no other."""
    for file, config in _authentication(files):
        excluded = at(config.body, "properties", "globalValidation", "excludedPaths")
        given = [text(each) or "" for each in excluded.items] if isinstance(excluded, Array) else []
        if set(given) != open_paths() or len(given) != len(set(given)):
            yield finding(file, excluded or config, f"excludedPaths are not {sorted(open_paths())}")
        for route in routes():
            path = f"/api{route.path}"
            if route.rule is not None and any(fnmatchcase(path, each) for each in given):
                yield finding(file, excluded or config, f"{path} is open, although it needs a role")


def tokens_are_asked_for(files: Files) -> Iterator[Finding]:
    """Whoever has no token is refused by the platform, plain HTTP as well, and no token is kept."""
    for file, config in _authentication(files):
        said = at(config.body, "properties")
        if not is_flag(at(said, "globalValidation", "requireAuthentication"), wanted=True):
            yield finding(file, config, "nobody is asked for a token")
        if text(at(said, "globalValidation", "unauthenticatedClientAction")) != "Return401":
            yield finding(file, config, "callers without a token are not answered 401")
        if not is_flag(at(said, "httpSettings", "requireHttps"), wanted=True):
            yield finding(file, config, "tokens may come without TLS")
        if not is_flag(at(said, "login", "tokenStore", "enabled"), wanted=False):
            yield finding(file, config, "tokens are kept")
        registration = at(said, "identityProviders", "azureActiveDirectory", "registration")
        if at(registration, "clientSecretSettingName") is not None:
            yield finding(file, config, "checking tokens needs no secret")
