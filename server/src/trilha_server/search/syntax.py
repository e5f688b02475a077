"""From text to a syntax tree, as grammar.lark says; what is wrong with the text, in words."""

import re
from functools import cache
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from trilha_server.domain.errors import InvalidFilter

MAX_TEXT_CHARS = 16_384

SyntaxTree: TypeAlias = Tree[Token]


class _Parser(Protocol):
    """The part of `lark.Lark` that is used here, with its types."""

    def parse(self, text: str, start: str) -> SyntaxTree: ...


_SHOWN_CHARS = 80
_QUOTES = ("'", '"', "`")
_SEGMENT = re.compile(r"`((?:[^`]|``)*)`|\"((?:[^\"]|\"\")*)\"|([^.`\"]+)")

# What the grammar allows next, from the most to the least telling terminal.
_EXPECTATIONS = (
    ("NUMBER", "a value: text in quotes, or a number"),
    ("OPERATOR", "an operator (=, !=, <, <=, >, >=, IN, LIKE, ILIKE, RLIKE, IS NULL)"),
    ("MATCH", "IN, LIKE, ILIKE or RLIKE after NOT"),
    ("NULL", "NULL or NOT NULL after IS"),
    ("DIRECTION", "ASC, DESC or nothing more"),
    ("PATH", "a comparison such as status = 'OK'"),
    ("LPAR", "a list in parentheses such as ('a', 'b')"),
    ("_COMMA", "a comma or ')'"),
)


def syntax_tree(text: str, start: Literal["filter", "order"]) -> SyntaxTree:
    """Read text by the grammar. Raises `InvalidFilter`."""
    if len(text) > MAX_TEXT_CHARS:
        raise InvalidFilter(
            f"the text is longer than {MAX_TEXT_CHARS:,} characters; shorten it", position=MAX_TEXT_CHARS
        )
    _refuse_surrogates(text)
    try:
        return _grammar().parse(text, start=start)
    except UnexpectedCharacters as error:
        raise _unreadable(text, cast("int", error.pos_in_stream)) from None  # lark names no type
    except UnexpectedToken as error:
        token = cast("Token", error.token)  # lark names no type
        if token.type == "$END":
            raise InvalidFilter(f"the text ends too early: {_expected(error, start)}", position=len(text)) from None
        raise InvalidFilter(f"{_expected(error, start)}, found {shown(token)}", position=token.start_pos) from None


def segments(path: str) -> list[str]:
    """Split a path at its dots and take the quotes off."""
    found: list[str] = []
    for backticked, quoted, word in _SEGMENT.findall(path):
        found.append(word or backticked.replace("``", "`") or quoted.replace('""', '"'))
    return found


def children(node: SyntaxTree) -> list[Token | SyntaxTree | None]:
    """List what a node holds; `None` for an optional word that was left out."""
    return cast("list[Token | SyntaxTree | None]", node.children)  # lark's own type leaves `None` out


def unquoted(token: str) -> str:
    """Take the quotes off a value; doubled quotes inside become one."""
    quote = token[0]
    return token[1:-1].replace(quote * 2, quote)


def shown(text: str) -> str:
    """Cut text to what is bearable in a message."""
    return text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "…"


@cache
def _grammar() -> _Parser:
    # The basic lexer knows all words everywhere, so that an error names the word and not a letter of it.
    text = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return cast("_Parser", Lark(text, parser="lalr", lexer="basic", start=["filter", "order"], maybe_placeholders=True))


def _refuse_surrogates(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidFilter("the text holds half of a character; write it whole", position=error.start) from None


def _expected(error: UnexpectedToken, start: str) -> str:
    allowed = error.accepts
    if "_AND" in allowed:
        return "expected AND, OR or ')'" if "RPAR" in allowed else "expected AND, OR or the end"
    if start == "order" and "PATH" in allowed:
        return "expected a field such as timestamp_ms"
    for terminal, words in _EXPECTATIONS:
        if terminal in allowed:
            return f"expected {words}"
    return "expected nothing more"


def _unreadable(text: str, position: int) -> InvalidFilter:
    if text[position] == "." and text[position + 1 : position + 2] in _QUOTES:
        position += 1
    character = text[position]
    if character in _QUOTES:
        return InvalidFilter("a quote is never closed; write a quote inside quotes twice", position=position)
    if character == ";":
        return InvalidFilter("expected one filter; join comparisons with AND or OR, not ';'", position=position)
    return InvalidFilter(
        f"unexpected {character!r}; put values in quotes, and keys with such characters in backticks",
        position=position,
    )
