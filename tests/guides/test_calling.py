"""The guides for those who call Deskhand from a program: every line can be done, and prints what it is said to."""

import re
from pathlib import Path

import msgspec
import pytest

from local.stack import Stack
from tests.guides.pages import DOCS, Step, blocks, hold, own_values, steps


@pytest.mark.parametrize(("page", "language"), [("curl.md", "sh"), ("python.md", "python")])
def test_a_guide_can_be_followed(stack: Stack, tmp_path: Path, page: str, language: str) -> None:
    """From its first line to its last, in one go."""
    first, *others = steps(f"guides/{page}", language)

    hold(language, [own_values(first, stack), *others], tmp_path)


def test_the_readme_s_client_runs_beside_its_curl_lines(stack: Stack, tmp_path: Path) -> None:
    """As it stands, with the reader's own address and key; what it starts is not what the curl lines have started."""
    readme = "../README.md"
    (client,) = blocks(readme, "python")
    own = f'BASE, KEY = "{stack.functions}", "{stack.key}"'
    client, replaced = re.subn(r"^BASE, KEY = .*$", own, client, flags=re.MULTILINE)
    keys = [re.findall(r"Idempotency-Key\W+([\w-]+)", code) for code in (client, *blocks(readme, "sh"))]

    assert replaced == 1
    assert len({key for (key,) in filter(None, keys)}) == len([*filter(None, keys)]) == 2
    hold("python", [Step(client, "Succeeded {...}\n")], tmp_path)


def test_what_powershell_asks_for_exists() -> None:
    """Its guide is not run; each address in it is one of the API's, with that method."""
    asked = re.findall(
        r"Invoke-Deskhand ([A-Z]+) \"\$Base([^\"]*)\"", "".join(blocks("guides/powershell.md", "powershell"))
    )
    paths = msgspec.json.decode((DOCS.parent / "api_description/openapi.json").read_bytes())["paths"]
    routes = {
        (method.upper(), re.sub(r"{\w+}", "*", path)) for path, about in paths.items() for method in about
    }

    assert len(asked) == 5
    assert {(method, re.sub(r"\$\([^)]*\)", "*", path)) for method, path in asked} <= routes
