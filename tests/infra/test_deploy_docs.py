"""docs/deploy.md says what infra/ does."""

import json
import re

from infra.check.files import FOLDER, MAIN
from infra.check.looking import text
from infra.check.rules.roles import ROLES
from infra.check.syntax import Object
from local import places
from tests.infra.spoiling import WHOLE

PAGE = (places.CHECKOUT / "docs" / "deploy.md").read_text()


def test_every_parameter_is_documented_as_it_is() -> None:
    """By azd's name, with default and meaning, word for word; and no other is."""
    given = json.loads((FOLDER / "main.parameters.json").read_text())["parameters"]
    rows = []
    for parameter in WHOLE[MAIN].parameters:
        written = re.fullmatch(r"\$\{([A-Z_]+)(?:=(.*))?\}", given[parameter.name]["value"])
        assert written is not None
        default = "required" if written[2] is None else written[2] or "-"
        rows.append(f"| `{written[1]}` | {default} | {text(parameter.decorators['description'][0])} |")
    table = PAGE.partition("## Parameters")[2].partition("\n\n`DESKHAND_SETTINGS`")[0]

    assert rows == [line for line in table.splitlines() if line.startswith("| `")]


def test_every_role_is_documented_with_its_reason() -> None:
    """As it stands in the assignment itself."""
    file = WHOLE[FOLDER / "modules" / "roles.bicep"]
    granted = next(each.value for each in file.variables if each.name == "granted")
    assert isinstance(granted, Object)
    reasons = {text(each.value.get("reason")) for each in granted.members if isinstance(each.value, Object)}
    table = PAGE.partition("## What the identity may do")[2].partition("\n\nThe same")[0].splitlines()[4:]
    rows = [line.split(" | ") for line in table]

    assert {name.partition(",")[0] for name in ROLES.values()} == {row[0].removeprefix("| ") for row in rows}
    assert reasons == {row[2].removesuffix(" |") for row in rows}


def test_every_value_that_is_named_exists() -> None:
    """Commands of the documentation read azd's values by these names: outputs, and parameters that were set."""
    pages = "".join(
        path.read_text()
        for path in (places.CHECKOUT / "README.md", *(places.CHECKOUT / "docs").rglob("*.md"))
    )
    named = set(re.findall(r"get-value (\w+)", pages)) | {
        f"AZURE_{each}" for group in re.findall(r"\^AZURE_\(([\w|]+)\)", pages) for each in group.split("|")
    }

    assert named
    given = re.findall(r"\$\{([A-Z_]+)", (FOLDER / "main.parameters.json").read_text())
    assert named <= {each.name for each in WHOLE[MAIN].outputs} | set(given)
