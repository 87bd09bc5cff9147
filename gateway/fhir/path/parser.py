"""Parse tokens into a tree by precedence climbing (https://hl7.org/fhirpath/N1/grammar.html)."""

from decimal import Decimal

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.lexer import Token, tokens
from gateway.fhir.path.nodes import (
    Binary,
    Empty,
    FunctionCall,
    Indexer,
    Literal,
    Member,
    Special,
    Tree,
    TypeTest,
    Unary,
    Variable,
    depth,
)
from gateway.fhir.path.values import CALENDAR, quantity

_PRECEDENCE = {
    **dict.fromkeys(("implies",), 1),
    **dict.fromkeys(("or", "xor"), 2),
    **dict.fromkeys(("and",), 3),
    **dict.fromkeys(("in", "contains"), 4),
    **dict.fromkeys(("=", "~", "!=", "!~"), 5),
    **dict.fromkeys(("<", "<=", ">", ">="), 6),
    **dict.fromkeys(("|",), 7),
    **dict.fromkeys(("is", "as"), 8),
    **dict.fromkeys(("+", "-", "&"), 9),
    **dict.fromkeys(("*", "/", "div", "mod"), 10),
}
_RESERVED = frozenset(("and", "or", "xor", "implies", "div", "mod", "true", "false"))
# The expressions of R4 are nested up to 14 levels. Python's stack overflows at some hundred levels.
_MAX_NESTING, _MAX_DEPTH = 40, 100
_MAX_LENGTH = 50_000  # characters
_MAX_DIGITS = 400


def parse(text: str) -> Tree:
    """Parse an expression. Raises PathError with the offset of the first fault, also if it is too long or too deep."""
    if len(text) > _MAX_LENGTH:
        fault = f"an expression of {len(text)} characters; at most {_MAX_LENGTH} are accepted"
        raise PathError(fault, phase="syntax", at=0)
    parser = _Parser(tokens(text))
    tree = parser.expression(0)
    parser.expect("end")
    if depth(tree) > _MAX_DEPTH:
        raise PathError("the expression is too long", phase="syntax", at=0)
    return tree


class _Parser:
    """A recursive descent over the tokens of one expression, with a method per rule of the grammar."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.nesting = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def next(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def at(self, symbol: str) -> bool:
        return self.token.kind == "symbol" and self.token.text == symbol

    def accept(self, symbol: str) -> bool:
        if self.at(symbol):
            self.position += 1
            return True
        return False

    def expect(self, symbol: str) -> None:
        """Consume a symbol, or check that the text ends if `symbol` is "end". Raises PathError."""
        if symbol == "end" and self.token.kind == "end":
            return
        if not self.accept(symbol):
            raise self.unexpected(f"{symbol!r} expected")

    def unexpected(self, hint: str) -> PathError:
        shown = "end of expression" if self.token.kind == "end" else repr(self.token.text)
        return PathError(f"unexpected {shown}, {hint}", phase="syntax", at=self.token.at)

    def expression(self, minimum: int) -> Tree:
        """Parse an expression up to the first operator that does not bind tighter than `minimum`."""
        self.nesting += 1
        if self.nesting > _MAX_NESTING:
            raise PathError("nested too deeply", phase="syntax", at=self.token.at)
        tree = self.polarity()
        while (level := self.level()) > minimum:
            tree = self.operation(tree, level)
        self.nesting -= 1
        return tree

    def level(self) -> int:
        """Return the precedence of the current token, 0 if it is not a binary operator."""
        return _PRECEDENCE.get(self.token.text, 0) if self.token.kind in ("symbol", "name") else 0

    def operation(self, left: Tree, level: int) -> Tree:
        operator = self.next()
        if operator.text in ("is", "as"):
            return TypeTest(operator.text, left, self.type_name(), operator.at)
        return Binary(operator.text, left, self.expression(level), operator.at)

    def type_name(self) -> str:
        name = self.identifier()
        while self.accept("."):
            name += "." + self.identifier()
        return name

    def polarity(self) -> Tree:
        signs = []
        while self.at("-") or self.at("+"):
            signs.append(self.next())
        tree = self.postfix(self.term())
        for sign in reversed(signs):
            tree = Unary(sign.text, tree, sign.at)
        return tree

    def postfix(self, tree: Tree) -> Tree:
        while True:
            at = self.token.at
            if self.accept("."):
                tree = self.invocation(tree)
            elif self.accept("["):
                tree = Indexer(tree, self.expression(0), at)
                self.expect("]")
            else:
                return tree

    def invocation(self, source: Tree | None) -> Tree:
        """Parse a name or a call. After a dot a reserved word is a name too: FHIR has the element `Narrative.div`."""
        if source and self.token.kind == "special":
            raise self.unexpected("a name expected")
        at = self.token.at
        name = self.next().text if source and self.token.kind == "name" else self.identifier()
        if self.accept("("):
            return FunctionCall(source, name, self.arguments(), at)
        return Member(source, name, at)

    def arguments(self) -> tuple[Tree, ...]:
        if self.accept(")"):
            return ()
        arguments = [self.argument()]
        while self.accept(","):
            arguments.append(self.argument())
        self.expect(")")
        return tuple(arguments)

    def argument(self) -> Tree:
        tree = self.expression(0)
        if self.token.kind == "name" and self.token.text in ("asc", "desc"):
            direction = self.next()
            return Unary(direction.text, tree, direction.at)
        return tree

    def identifier(self) -> str:
        if self.token.kind == "quoted" or (self.token.kind == "name" and self.token.text not in _RESERVED):
            return self.next().text
        raise self.unexpected("a name expected")

    def term(self) -> Tree:
        token = self.token
        if token.kind == "symbol":
            return self.bracket(token)
        if token.kind == "special":
            return Special(self.next().text, token.at)
        if token.kind == "name" and token.text in ("true", "false"):
            return Literal("System.Boolean", self.next().text == "true", token.at)
        if token.kind in ("name", "quoted"):
            return self.invocation(None)
        return self.literal(token)

    def bracket(self, token: Token) -> Tree:
        if self.accept("("):
            tree = self.expression(0)
            self.expect(")")
            return tree
        if self.accept("{"):
            self.expect("}")
            return Empty(token.at)
        if self.accept("%"):
            name = self.next().text if self.token.kind == "string" else self.identifier()
            return Variable(name, token.at)
        raise self.unexpected("a term expected")

    def literal(self, token: Token) -> Tree:
        if token.kind == "string":
            return Literal("System.String", self.next().text, token.at)
        if token.kind == "number":
            return self.number(self.next())
        if token.kind in _TEMPORAL:
            type_, prefix = _TEMPORAL[token.kind]
            return Literal(type_, self.next().text[prefix:], token.at)
        raise self.unexpected("a term expected")

    def number(self, token: Token) -> Tree:
        if len(token.text) > _MAX_DIGITS:
            raise PathError(f"a number of more than {_MAX_DIGITS} digits", phase="syntax", at=token.at)
        unit = self.token
        if unit.kind == "string" or (unit.kind == "name" and unit.text in CALENDAR):
            self.next()
            value = quantity(Decimal(token.text), unit.text, calendar=unit.kind == "name")
            return Literal("System.Quantity", value, token.at)
        if "." in token.text:
            return Literal("System.Decimal", Decimal(token.text), token.at)
        return Literal("System.Integer", int(token.text), token.at)


# Token kind -> type of the literal, and the length of its prefix `@` or `@T`.
_TEMPORAL = {
    "date": ("System.Date", 1),
    "datetime": ("System.DateTime", 1),
    "time": ("System.Time", 2),
}
