"""Bicep text to the tree of infra/check/syntax.py, by the grammar of tree-sitter."""

from collections.abc import Callable, Iterator
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

from infra.check import syntax
from infra.check.syntax import Bicep, Expression, Finding

_PARSER = Parser(Language(tree_sitter_bicep.language()))
_EXPRESSIONS: dict[str, Callable[[Node], Expression]] = {}


class SyntaxFault(Exception):  # noqa: N818 - an error of the file, not of ours
    """The text is no Bicep."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = findings


def read(path: Path) -> Bicep:
    """Raises SyntaxFault."""
    return parse(path.read_text(encoding="utf-8"), path)


def parse(text: str, path: Path) -> Bicep:
    """The same, of a text that may differ from what the file holds."""
    root = _PARSER.parse(text.encode()).root_node
    if root.has_error:
        raise SyntaxFault([Finding(path.name, _line(node), "this is no Bicep") for node in _faults(root)])
    statements = [(node, _decorators(node)) for node in root.named_children]
    scope = next((node for node, _ in statements if node.type == "target_scope_assignment"), None)
    return Bicep(
        path=path,
        scope="resourceGroup" if scope is None else _quoted(scope.named_children[0]),
        parameters=tuple(
            _parameter(node, found) for node, found in statements if node.type == "parameter_declaration"
        ),
        variables=tuple(_variable(node) for node, _ in statements if node.type == "variable_declaration"),
        resources=tuple(_resource(node) for node, _ in statements if node.type == "resource_declaration"),
        modules=tuple(_module(node) for node, _ in statements if node.type == "module_declaration"),
        outputs=tuple(_output(node) for node, _ in statements if node.type == "output_declaration"),
    )


def _faults(node: Node) -> Iterator[Node]:
    if node.is_error or node.is_missing:
        yield node
    elif node.has_error:
        for child in node.children:
            yield from _faults(child)


def _line(node: Node) -> int:
    return node.start_point[0] + 1


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _quoted(node: Node) -> str:
    return "".join(_text(each) for each in node.named_children if each.type == "string_content")


def _inner(node: Node) -> list[Node]:
    return [each for each in node.named_children if each.type != "comment"]


def _decorators(node: Node) -> dict[str, tuple[Expression, ...]]:
    """Those that stand before a statement."""
    before = node.prev_named_sibling
    while before is not None and before.type == "comment":
        before = before.prev_named_sibling
    if before is None or before.type != "decorators":
        return {}
    calls = [each.named_children[0] for each in before.named_children]
    found = [_call(call) for call in calls]
    return {each.function: each.arguments for each in found}


def _parameter(node: Node, decorators: dict[str, tuple[Expression, ...]]) -> syntax.Parameter:
    name, kind, *default = _inner(node)
    return syntax.Parameter(
        name=_text(name),
        line=_line(node),
        type=_text(kind),
        default=_expression(default[0]) if default else None,
        decorators=decorators,
    )


def _variable(node: Node) -> syntax.Variable:
    name, value = _inner(node)
    return syntax.Variable(name=_text(name), line=_line(node), value=_expression(value))


def _output(node: Node) -> syntax.Output:
    name, kind, value = _inner(node)
    return syntax.Output(name=_text(name), line=_line(node), type=_text(kind), value=_expression(value))


def _module(node: Node) -> syntax.Module:
    name, path, value = _inner(node)
    return syntax.Module(name=_text(name), line=_line(node), path=_quoted(path), value=_expression(value))


def _resource(node: Node, parent: str = "") -> syntax.Resource:
    name, kind, value = _inner(node)
    type_name, _, api = _quoted(kind).partition("@")
    full = f"{parent}/{type_name}" if parent else type_name
    return syntax.Resource(
        name=_text(name),
        line=_line(node),
        type=full,
        api=api or None,
        existing=any(each.type == "existing" for each in node.children),
        value=_expression(value),
        children=tuple(_resource(each, full) for each in _nested(value)),
    )


def _nested(value: Node) -> Iterator[Node]:
    for each in value.named_children:
        if each.type == "resource_declaration":
            yield each
        elif each.type in {"object", "object_property"} and value.type != "object_property":
            yield from _nested(each)


def _expression(node: Node) -> Expression:
    return _EXPRESSIONS[node.type](node)


def _string(node: Node) -> Expression:
    pieces = [
        _text(each) if each.type in {"string_content", "escape_sequence"} else _expression(_inner(each)[0])
        for each in node.named_children
    ]
    return syntax.Text(line=_line(node), pieces=tuple(pieces))


def _object(node: Node) -> Expression:
    properties = [_inner(each) for each in _inner(node)]
    return syntax.Object(
        line=_line(node), members=tuple(_member(*each) for each in properties if len(each) > 1)
    )


def _member(name: Node, value: Node) -> syntax.Member:
    if name.type != "string":
        return syntax.Member(_text(name), _expression(value))
    text = _string(name)
    return syntax.Member(text.literal if isinstance(text, syntax.Text) else None, _expression(value))


def _loop(node: Node) -> Expression:
    first, over, body = _inner(node)
    names = first.named_children or [first]
    variables = tuple(_text(each) for each in names)
    return syntax.Loop(line=_line(node), variables=variables, over=_expression(over), body=_expression(body))


def _lambda(node: Node) -> Expression:
    *variables, body = _inner(node)
    names = [each for first in variables for each in (first.named_children or [first])]
    return syntax.Loop(
        line=_line(node), variables=tuple(map(_text, names)), over=None, body=_expression(body)
    )


def _choice(node: Node) -> Expression:
    condition, then, *otherwise = map(_expression, _inner(node))
    return syntax.Choice(
        line=_line(node),
        condition=condition,
        then=then,
        otherwise=otherwise[0] if otherwise else None,
    )


def _access(node: Node) -> Expression:
    of, name = _inner(node)
    return syntax.Access(line=_line(node), of=_expression(of), name=_text(name))


def _subscript(node: Node) -> Expression:
    of, index = map(_expression, _inner(node))
    name = index.literal if isinstance(index, syntax.Text) else None
    return syntax.Access(line=_line(node), of=of, name=name, index=index)


def _call(node: Node) -> syntax.Call:
    function, arguments = _inner(node)
    of = None
    if function.type == "member_expression":
        object_, function = _inner(function)
        of = _expression(object_)
    return syntax.Call(
        line=_line(node),
        function=_text(function),
        arguments=tuple(map(_expression, _inner(arguments))),
        of=of,
    )


def _operation(node: Node) -> Expression:
    operator = next(_text(each) for each in node.children if not each.is_named)
    return syntax.Operation(
        line=_line(node), operator=operator, operands=tuple(map(_expression, _inner(node)))
    )


def _through(node: Node) -> Expression:
    return _expression(_inner(node)[0])


_EXPRESSIONS |= {
    "string": _string,
    "number": lambda node: syntax.Number(line=_line(node), value=int(_text(node))),
    "boolean": lambda node: syntax.Flag(line=_line(node), value=_text(node) == "true"),
    "null": lambda node: syntax.Nothing(line=_line(node)),
    "identifier": lambda node: syntax.Symbol(line=_line(node), name=_text(node)),
    "object": _object,
    "array": lambda node: syntax.Array(line=_line(node), items=tuple(map(_expression, _inner(node)))),
    "for_statement": _loop,
    "lambda_expression": _lambda,
    "if_statement": _choice,
    "ternary_expression": _choice,
    "member_expression": _access,
    "resource_expression": _access,
    "subscript_expression": _subscript,
    "call_expression": _call,
    "binary_expression": _operation,
    "unary_expression": _operation,
    "parenthesized_expression": _through,
    "nullable_type": _through,
}
