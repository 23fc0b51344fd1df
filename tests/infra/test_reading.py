"""Bicep is read as a tree, or refused."""

from pathlib import Path

import pytest

from infra.check.files import files, paths
from infra.check.reading import SyntaxFault, parse
from infra.check.syntax import Access, Choice, Loop, Text

HERE = Path("some.bicep")


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.name)
def test_every_file_is_bicep(path: Path) -> None:
    """Nothing in it is unreadable, and something is."""
    read = files()[path]

    assert [*read.resources, *read.modules]


@pytest.mark.parametrize(
    "text",
    ["param a string =\n", "resource a 'b@c' = {\n  name: 'x'\n", "output a string = b(\n", "hello\n"],
    ids=["no default", "no end", "no bracket", "no statement"],
)
def test_what_is_no_bicep_is_refused(text: str) -> None:
    """With the file, and a line."""
    with pytest.raises(SyntaxFault, match=r"some\.bicep:\d"):
        parse(text, HERE)


def test_a_resource_has_its_parents_type_and_what_it_depends_on() -> None:
    """Nested ones are found, and a body is found within its condition and its loop."""
    read = parse(
        """
@description('x')
param wanted bool = true
resource a 'Some.Kind/things@2020-01-01' = if (wanted) {
  name: 'a'
  // said
  resource b 'parts' existing = { name: 'b' }
}
resource c 'Some.Kind/others@2020-01-01' = [for each in ['x']: if (wanted) {
  name: '${each}-${a::b.id}'
}]
""",
        HERE,
    )
    thing, other, part = read.every_resource()
    name = other.body.get("name")

    assert ["Some.Kind/things", "Some.Kind/others", "Some.Kind/things/parts"] == [
        thing.type,
        other.type,
        part.type,
    ]
    assert ("2020-01-01", None) == (thing.api, part.api)
    assert part.existing
    assert not thing.existing
    assert isinstance(thing.value, Choice)
    assert isinstance(other.value, Loop)
    assert isinstance(name, Text)
    assert name.literal is None
    assert any(isinstance(each, Access) and each.name == "b" for each in read.expressions())
    assert ["description"] == list(read.parameters[0].decorators)
