"""From the text of a filter to its tree."""

from collections.abc import Iterable
from functools import lru_cache

from lark import Token, Tree

from trilha_server.domain.errors import InvalidFilter
from trilha_server.domain.filter import And, Comparison, Filter, FilterField, Not, Operator, Or
from trilha_server.search.fields import TRACE_VOCABULARY, Vocabulary, did_you_mean
from trilha_server.search.syntax import SyntaxTree, children, shown, syntax_tree, unquoted
from trilha_server.search.values import Literal, LiteralKind, Rule, read_text, read_value, rule_of

MAX_DEPTH = 50
MAX_COMPARISONS = 500

_SYMBOLS = ("=", "!=", ">", ">=", "<", "<=")
_OTHER_SPELLINGS = {"==": "=", "===": "=", "<>": "!=", "!==": "!=", "~": "RLIKE", "=~": "RLIKE", "=>": ">=", "=<": "<="}
_LITERALS = {
    "SINGLE_QUOTED": LiteralKind.QUOTED,
    "DOUBLE_QUOTED": LiteralKind.QUOTED,
    "NUMBER": LiteralKind.NUMBER,
    "PATH": LiteralKind.WORD,
    "NULL": LiteralKind.NULL,
}


@lru_cache(maxsize=256)
def parse_filter(text: str) -> Filter | None:
    """Read a filter of traces; `None` for a blank one. Raises `InvalidFilter`."""
    return parse_with(TRACE_VOCABULARY, text)


def parse_with(vocabulary: Vocabulary, text: str) -> Filter | None:
    """Read a filter that uses certain names; `None` for a blank one. Raises `InvalidFilter`."""
    if not text.strip():
        return None
    return _Reading(vocabulary).tree(syntax_tree(text, "filter"), 0)


def parse_field(text: str) -> FilterField:
    """Read one field of traces. Raises `InvalidFilter`."""
    match children(syntax_tree(text, "order")):
        case [Token() as path, None]:
            return TRACE_VOCABULARY.field(path, path.start_pos or 0)
        case _:
            raise InvalidFilter(f"expected one field, such as tags.team, found '{shown(text)}'", position=0)


class _Reading:
    """One pass over a syntax tree, from the outside in, so that what is nested too deep is never entered."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._comparisons = 0

    def tree(self, node: SyntaxTree, depth: int) -> Filter:
        match node.data:
            case "filter" | "any":
                return _joined(Or, [self.tree(child, depth) for child in _trees(node)])
            case "all" | "unfinished" | "adjacent":
                return _joined(And, [self.tree(child, depth) for child in _trees(node)])
            case "group":
                return self.tree(_nested(node, depth), depth + 1)
            case "negation":
                return Not(self.tree(_nested(node, depth), depth + 1))
            case _:
                return self._compared(node)

    def _compared(self, node: SyntaxTree) -> Filter:
        path, *others = children(node)
        position = _token(path).start_pos or 0
        self._comparisons += 1
        if self._comparisons > MAX_COMPARISONS:
            raise InvalidFilter(f"more than {MAX_COMPARISONS} comparisons; use IN for lists", position=position)
        field = self._vocabulary.field(_token(path), position)
        reader = _Comparing(_token(path), field, rule_of(field), position)
        match node.data, others:
            case "comparison", [operator, value]:
                return reader.symbol(_token(operator), _token(value))
            case "match", [negation, operator, value]:
                return reader.match(negation is not None, _token(operator), _token(value))
            case "membership", [negation, operator, Tree() as items]:
                return reader.membership(negation is not None, _token(operator), items)
            case _:
                return reader.presence(_token(others[0]), negated=others[1] is not None)


class _Comparing:
    """A field that waits for its operator and value."""

    def __init__(self, path: str, field: FilterField, rule: Rule, position: int) -> None:
        self._path = path
        self._field = field
        self._rule = rule
        self._position = position

    def symbol(self, symbol: Token, value: Token) -> Filter:
        if symbol not in _SYMBOLS:
            meant = _OTHER_SPELLINGS.get(symbol)
            hint = f" (did you mean '{meant}'?)" if meant else did_you_mean(symbol, _SYMBOLS)
            raise InvalidFilter(
                f"unknown operator '{shown(symbol)}'{hint}; {self._choices()}", position=symbol.start_pos
            )
        return self._single(Operator(symbol), symbol, value)

    def match(self, negated: bool, word: Token, value: Token) -> Filter:
        comparison = self._single(Operator(word.upper()), word, value)
        return Not(comparison) if negated else comparison

    def membership(self, negated: bool, word: Token, items: SyntaxTree) -> Filter:
        operator = self._allowed(Operator.NOT_IN if negated else Operator.IN, word)
        literals = [_literal(_token(item)) for item in children(items)[1:-1] if item is not None]
        if not literals:
            raise InvalidFilter(
                "the list is empty; write one quoted value or more in it", position=_token(children(items)[0]).start_pos
            )
        return self._comparison(operator, tuple(read_text(literal) for literal in literals))

    def presence(self, word: Token, *, negated: bool) -> Filter:
        operator = self._allowed(Operator.IS_NOT_NULL if negated else Operator.IS_NULL, word)
        return self._comparison(operator, None)

    def _single(self, operator: Operator, word: Token, value: Token) -> Comparison:
        self._allowed(operator, word)
        return self._comparison(operator, read_value(self._rule, operator, _literal(value)))

    def _allowed(self, operator: Operator, word: Token) -> Operator:
        if operator not in self._rule.operators:
            raise InvalidFilter(f"{operator} cannot be used here; {self._choices()}", position=word.start_pos)
        return operator

    def _choices(self) -> str:
        return f"operators of {shown(self._path)} are {', '.join(self._rule.operators)}"

    def _comparison(self, operator: Operator, value: str | float | tuple[str, ...] | None) -> Comparison:
        return Comparison(self._field, operator, value, self._position)


def _joined(joint: type[And] | type[Or], terms: list[Filter]) -> Filter:
    flat: list[Filter] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, joint) else (term,))
    return flat[0] if len(flat) == 1 else joint(tuple(flat))


def _nested(node: SyntaxTree, depth: int) -> SyntaxTree:
    if depth >= MAX_DEPTH:
        position = _token(children(node)[0]).start_pos
        raise InvalidFilter(f"nested deeper than {MAX_DEPTH}; take parentheses or NOT away", position=position)
    return next(iter(_trees(node)))


def _trees(node: SyntaxTree) -> Iterable[SyntaxTree]:
    return (child for child in children(node) if isinstance(child, Tree))


def _token(child: Token | SyntaxTree | None) -> Token:
    if not isinstance(child, Token):
        raise TypeError("the grammar and its reader differ")
    return child


def _literal(token: Token) -> Literal:
    kind = _LITERALS[token.type]
    text = unquoted(token) if kind is LiteralKind.QUOTED else str(token)
    return Literal(kind, text, token.start_pos or 0)
