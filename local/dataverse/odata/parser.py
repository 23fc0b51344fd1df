"""From the text of a $filter to its meaning, by recursive descent. Everything it refuses is Dataverse's 400 for a bad query."""

from collections.abc import Mapping

from local.dataverse.errors import bad_query, unknown_property
from local.dataverse.odata.columns import Column, Kind, Table
from local.dataverse.odata.expressions import (
    And,
    Comparator,
    Comparison,
    Expression,
    Membership,
    Not,
    Or,
    TextMatch,
    TextTest,
)
from local.dataverse.odata.lexer import Token, TokenKind, tokens
from local.dataverse.odata.literals import value_of

_IN = "Microsoft.Dynamics.CRM.In"
_DEEPEST = 100


def parse_filter[R](text: str, table: Table[R], aliases: Mapping[str, str] | None = None) -> Expression[R]:
    return _Parser(text, table, aliases or {}).whole()


class _Parser[R]:
    def __init__(self, text: str, table: Table[R], aliases: Mapping[str, str]) -> None:
        self._text = text
        self._table = table
        self._tokens = list(tokens(text, aliases))
        self._position = 0
        self._depth = 0

    def whole(self) -> Expression[R]:
        expression = self._alternatives()
        if self._next.kind is not TokenKind.END:
            self._refuse()
        return expression

    def _alternatives(self) -> Expression[R]:
        expression = self._conditions()
        while self._took("or"):
            expression = Or(expression, self._conditions())
        return expression

    def _conditions(self) -> Expression[R]:
        expression = self._condition()
        while self._took("and"):
            expression = And(expression, self._condition())
        return expression

    def _condition(self) -> Expression[R]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise bad_query("The filter is nested too deeply.")
        try:
            if self._took("not"):
                return Not(self._condition())
            if self._took("("):
                expression = self._alternatives()
                self._expect(")")
                return expression
            return self._simple()
        finally:
            self._depth -= 1

    def _simple(self) -> Expression[R]:
        name = self._take(TokenKind.NAME).text
        if name == _IN:
            return self._membership()
        if name in TextTest and self._took("("):
            return self._text_match(TextTest(name))
        column = self._column(name)
        comparator = self._take(TokenKind.NAME).text
        if comparator not in Comparator:
            raise bad_query(f"Unknown operator '{comparator}' in '{self._text}'.")
        return self._comparison(column, Comparator(comparator))

    def _comparison(self, column: Column[R], comparator: Comparator) -> Comparison[R]:
        if column.kind is Kind.FILE and comparator not in {Comparator.EQ, Comparator.NE}:
            raise bad_query(f"The operator '{comparator}' is not supported for '{column.name}'.")
        return Comparison(column, comparator, value_of(self._any_token(), column))

    def _text_match(self, test: TextTest) -> TextMatch[R]:
        column = self._column(self._take(TokenKind.NAME).text)
        if column.kind is not Kind.STRING:
            raise bad_query(f"The function '{test}' needs a string; '{column.name}' is {column.kind}.")
        self._expect(",")
        text = self._take(TokenKind.TEXT).text
        self._expect(")")
        return TextMatch(column, test, text)

    def _membership(self) -> Membership[R]:
        for expected in ("(", "PropertyName", "="):
            self._expect(expected)
        column = self._column(self._take(TokenKind.TEXT).text)
        for expected in (",", "PropertyValues", "=", "["):
            self._expect(expected)
        values = [value_of(self._take(TokenKind.TEXT), column, quoted=True)]
        while self._took(","):
            values.append(value_of(self._take(TokenKind.TEXT), column, quoted=True))
        for expected in ("]", ")"):
            self._expect(expected)
        return Membership(column, tuple(values))

    def _column(self, name: str) -> Column[R]:
        if name not in self._table.columns:
            raise unknown_property(name, self._table.entity)
        return self._table.columns[name]

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _any_token(self) -> Token:
        token = self._next
        if token.kind is TokenKind.END:
            self._refuse()
        self._position += 1
        return token

    def _take(self, kind: TokenKind) -> Token:
        if self._next.kind is not kind:
            self._refuse()
        return self._any_token()

    def _took(self, word: str) -> bool:
        """Whether the next token was this word or mark, which is then consumed. A quoted word is never one."""
        if self._next.kind is TokenKind.TEXT or self._next.text != word:
            return False
        self._position += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._took(word):
            self._refuse()

    def _refuse(self) -> None:
        raise bad_query(f"Syntax error at position {self._next.at} in '{self._text}'.")
