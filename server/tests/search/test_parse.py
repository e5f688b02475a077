"""Reading filters: what is accepted and what it means, what is refused and where."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.errors import InvalidFilter
from trilha_server.domain.filter import (
    And,
    AssessmentField,
    AssessmentScope,
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    FilterField,
    LabelField,
    LabelScope,
    Not,
    Operator,
    Or,
    SpanField,
    SpanPart,
)
from trilha_server.search.parse import parse_filter
from trilha_server.search.printing import without_positions

NOVEMBER_21_MS = 1795219200000
HOUR_MS = 3_600_000


def parsed(text: str) -> Filter:
    tree = parse_filter(text)
    assert tree is not None
    return without_positions(tree)


def comparison(text: str) -> Comparison:
    tree = parsed(text)
    assert isinstance(tree, Comparison)
    return tree


def refused(text: str) -> InvalidFilter:
    with pytest.raises(InvalidFilter) as caught:
        parse_filter(text)
    return caught.value


def attribute(name: Attribute, operator: Operator, value: str | float | tuple[str, ...] | None) -> Comparison:
    return Comparison(AttributeField(name), operator, value)


A, B, C = (attribute(Attribute.NAME, Operator.EQ, letter) for letter in "abc")


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_a_blank_filter_is_none(text: str):
    assert parse_filter(text) is None


@pytest.mark.parametrize("prefix", ["", "attribute.", "attributes.", "trace."])
@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("request_id", Attribute.REQUEST_ID),
        ("trace_id", Attribute.REQUEST_ID),
        ("client_request_id", Attribute.CLIENT_REQUEST_ID),
        ("status", Attribute.STATUS),
        ("state", Attribute.STATUS),
        ("name", Attribute.NAME),
        ("run_id", Attribute.RUN_ID),
        ("experiment_id", Attribute.EXPERIMENT_ID),
        ("user", Attribute.USER),
        ("session", Attribute.SESSION),
        ("model_id", Attribute.MODEL_ID),
        ("version", Attribute.VERSION),
    ],
)
def test_a_text_attribute_has_every_spelling_and_every_text_operator(prefix: str, name: str, meant: Attribute):
    field = prefix + name
    for operator in (Operator.EQ, Operator.NE, Operator.LIKE, Operator.ILIKE, Operator.RLIKE):
        assert comparison(f"{field} {operator} 'x'") == attribute(meant, operator, "x")
    for operator in (Operator.IN, Operator.NOT_IN):
        assert comparison(f"{field} {operator} ('x', 'y')") == attribute(meant, operator, ("x", "y"))


@pytest.mark.parametrize("prefix", ["", "attribute.", "attributes.", "trace."])
@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("timestamp_ms", Attribute.TIMESTAMP_MS),
        ("timestamp", Attribute.TIMESTAMP_MS),
        ("execution_time_ms", Attribute.EXECUTION_TIME_MS),
        ("execution_time", Attribute.EXECUTION_TIME_MS),
        ("duration", Attribute.EXECUTION_TIME_MS),
        ("end_time_ms", Attribute.END_TIME_MS),
        ("end_time", Attribute.END_TIME_MS),
        ("tokens.total", Attribute.TOKENS_TOTAL),
        ("cost.total", Attribute.COST_TOTAL),
    ],
)
def test_a_number_attribute_has_every_spelling_and_every_number_operator(prefix: str, name: str, meant: Attribute):
    for operator in (Operator.EQ, Operator.NE, Operator.GT, Operator.GE, Operator.LT, Operator.LE):
        assert comparison(f"{prefix}{name} {operator} 1.5") == attribute(meant, operator, 1.5)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("tag.idx = 'x'", LabelField(LabelScope.TAG, "idx")),
        ("tags.idx = 'x'", LabelField(LabelScope.TAG, "idx")),
        ("metadata.idx = 'x'", LabelField(LabelScope.METADATA, "idx")),
        ("request_metadata.idx = 'x'", LabelField(LabelScope.METADATA, "idx")),
        ("tags.mlflow.trace.user = 'x'", LabelField(LabelScope.TAG, "mlflow.trace.user")),
        ("tags.`mlflow.trace.user` = 'x'", LabelField(LabelScope.TAG, "mlflow.trace.user")),
        ('tags."idx" = \'x\'', LabelField(LabelScope.TAG, "idx")),
        ("tags.`a ``b`` c` = 'x'", LabelField(LabelScope.TAG, "a `b` c")),
        ('tags."say ""hi""" = \'x\'', LabelField(LabelScope.TAG, 'say "hi"')),
        ("tags.in = 'x'", LabelField(LabelScope.TAG, "in")),
        ("tags.my-key = 'x'", LabelField(LabelScope.TAG, "my-key")),
        ("tags.chave_ação = 'x'", LabelField(LabelScope.TAG, "chave_ação")),
        ("tags.2 = 'x'", LabelField(LabelScope.TAG, "2")),
        ("span.name = 'x'", SpanField(SpanPart.NAME)),
        ("span.type = 'x'", SpanField(SpanPart.TYPE)),
        ("span.status = 'x'", SpanField(SpanPart.STATUS)),
        ("span.attributes.`gen_ai.system` = 'x'", SpanField(SpanPart.ATTRIBUTE, "gen_ai.system")),
        ("span.attributes.gen_ai.system = 'x'", SpanField(SpanPart.ATTRIBUTE, "gen_ai.system")),
        ("feedback.`quality` = 'x'", AssessmentField(AssessmentScope.FEEDBACK, "quality")),
        ("feedback.quality/strict = 'x'".replace("quality/strict", "`quality/strict`"),
         AssessmentField(AssessmentScope.FEEDBACK, "quality/strict")),
        ("expectation.answer = 'x'", AssessmentField(AssessmentScope.EXPECTATION, "answer")),
        ("issue.id = 'x'", AssessmentField(AssessmentScope.ISSUE, "id")),
        ("`name` = 'x'", AttributeField(Attribute.NAME)),
        ('"name" = \'x\'', AttributeField(Attribute.NAME)),
        ("`tokens.total` IS NULL", AttributeField(Attribute.TOKENS_TOTAL)),
    ],
)  # fmt: skip
def test_a_key_may_be_plain_or_quoted(text: str, field: FilterField):
    assert comparison(text).field == field


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("'x'", "x"),
        ('"x"', "x"),
        ("''", ""),
        ("'it''s'", "it's"),
        ('"say ""hi"""', 'say "hi"'),
        ("'say \"hi\"'", 'say "hi"'),
        ("'C:\\'", "C:\\"),
        ("'a\nb'", "a\nb"),
        ("' AND '", " AND "),
        ("''''", "'"),
    ],
)
def test_a_value_may_be_in_either_quotes(written: str, value: str):
    assert comparison(f"tags.k = {written}").value == value


def test_whitespace_is_free():
    assert parsed("name='a'AND\n\tname  =\n'b'") == And((A, B))
    assert comparison("execution_time_ms>-5") == attribute(Attribute.EXECUTION_TIME_MS, Operator.GT, -5)


def test_operator_words_are_read_in_any_case():
    assert parsed("name like 'a' aNd nOt name iN ('b') oR user iS nOt nUlL") == Or(
        (
            And((attribute(Attribute.NAME, Operator.LIKE, "a"), Not(attribute(Attribute.NAME, Operator.IN, ("b",))))),
            attribute(Attribute.USER, Operator.IS_NOT_NULL, None),
        )
    )


def test_comparisons_that_follow_each_other_are_joined_by_and():
    assert parsed("name = 'a' name = 'b' AND name = 'c'") == And((A, B, C))


def test_one_and_may_be_left_over_at_the_end():
    assert parsed("name = 'a' AND") == A
    assert parsed("name = 'a' OR name = 'b' AND name = 'c' AND") == Or((A, And((B, C))))


def test_and_binds_tighter_than_or_and_not_tightest():
    assert parsed("name = 'a' OR name = 'b' AND name = 'c'") == Or((A, And((B, C))))
    assert parsed("NOT name = 'a' AND name = 'b'") == And((Not(A), B))
    assert parsed("NOT NOT name = 'a'") == Not(Not(A))


def test_parentheses_group_and_needless_ones_leave_no_trace():
    assert parsed("(name = 'a' OR name = 'b') AND name = 'c'") == And((Or((A, B)), C))
    assert parsed("((name = 'a') AND (name = 'b' AND name = 'c'))") == And((A, B, C))
    assert parsed("name = 'a' OR (name = 'b' OR name = 'c')") == Or((A, B, C))
    assert parsed("NOT (name = 'a' AND name = 'b')") == Not(And((A, B)))


@pytest.mark.parametrize("operator", [Operator.LIKE, Operator.ILIKE, Operator.RLIKE])
def test_not_before_a_pattern_negates_the_comparison(operator: Operator):
    assert parsed(f"name NOT {operator} 'x'") == Not(attribute(Attribute.NAME, operator, "x"))


def test_a_list_may_end_with_a_comma():
    assert comparison("name IN ('a', 'b',)").value == ("a", "b")


def test_null_is_asked_for_on_all_that_may_be_missing():
    for field in ("name", "run_id", "user", "tags.k", "metadata.k", "feedback.f", "span.attributes.k", "cost.total"):
        assert comparison(f"{field} IS NULL").operator is Operator.IS_NULL
        assert comparison(f"{field} IS NOT NULL").operator is Operator.IS_NOT_NULL
    for field in ("request_id", "status", "trace.text", "span.content", "span.status", "timestamp_ms", "issue.id"):
        assert "IS NULL cannot be used" in refused(f"{field} IS NULL").text


@pytest.mark.parametrize(
    ("written", "time_ms"),
    [
        ("1795219200000", NOVEMBER_21_MS),
        ("'1795219200000'", NOVEMBER_21_MS),
        ("'2026-11-21'", NOVEMBER_21_MS),
        ("'2026-11-21T10:00:00Z'", NOVEMBER_21_MS + 10 * HOUR_MS),
        ("'2026-11-21 10:00'", NOVEMBER_21_MS + 10 * HOUR_MS),
        ("'2026-11-21t10:00:00.250z'", NOVEMBER_21_MS + 10 * HOUR_MS + 250),
        ("'2026-11-21T10:00:00-03:00'", NOVEMBER_21_MS + 13 * HOUR_MS),
        ("'1969-12-31T23:59:59.999Z'", -1),
    ],
)
def test_a_time_is_milliseconds_or_iso_8601(written: str, time_ms: int):
    assert comparison(f"timestamp >= {written}").value == time_ms
    assert comparison(f"end_time < {written}").value == time_ms


def test_a_quoted_number_is_a_number_where_numbers_are_compared():
    assert comparison("execution_time_ms > '250'").value == 250
    assert comparison("feedback.score >= '0.5'").value == 0.5


def test_quotes_decide_whether_an_assessment_is_compared_as_text():
    assert comparison("feedback.score = 5").value == 5
    assert comparison("feedback.score = '5'").value == "5"
    assert comparison("expectation.score != -.5e1").value == -5


def test_positions_are_those_of_the_fields():
    tree = parse_filter("  name = 'a' AND (user = 'b')")
    assert isinstance(tree, And)
    assert [term.position for term in tree.terms if isinstance(term, Comparison)] == [2, 18]


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("bogus = 'x'", 0, "unknown attribute 'bogus'; attributes are request_id, "),
        ("attributes.bogus = 'x'", 0, "unknown attribute 'bogus'"),
        ("name = 'a' AND STATUS = 'OK'", 15, "did you mean 'status'?"),
        ("sesion = 'x'", 0, "did you mean 'session'?"),
        ("session_id = 'x'", 0, "did you mean 'session'?"),
        ("trace.usr = 'x'", 0, "did you mean 'user'?"),
        ("token.total > 3", 0, "did you mean 'tokens.total'?"),
        ("tags = 'x'", 0, "write tags.<key>"),
        ("foo.bar = 'x'", 0, "unknown prefix 'foo'"),
        ("metdata.k = 'x'", 0, "did you mean 'metadata'?"),
        ("tags.`` = 'x'", 0, "the key is empty"),
        ("tags.idx > '3'", 9, "operators of tags.idx are =, !=, IN, NOT IN, LIKE, ILIKE, RLIKE, IS NULL, IS NOT NULL"),
        ("metadata.v > 'a'", 11, "> cannot be used here"),
        ("tags.idx = 3", 11, "expected a quoted value such as '3'"),
        ("tags.idx IN ('1', 3)", 18, "expected a quoted value such as '3'"),
        ("tags.idx LIKE 3", 14, "expected a quoted value such as '3'"),
        ("status = OK", 9, "put the value in quotes: 'OK'"),
        ("status = NULL", 9, "write IS NULL"),
        ("name = 'a' OR b", 15, "expected an operator"),
        ("name = 'a' OR", 13, "ends too early: expected a comparison"),
        ("OR name = 'a'", 0, "expected a comparison"),
        ("AND name = 'a'", 0, "expected a comparison"),
        ("name = 'a' AND AND name = 'b'", 15, "expected a comparison"),
        ("name = 'a' AND OR name = 'b'", 15, "expected a comparison"),
        ("(name = 'a' AND) OR name = 'b'", 15, "expected a comparison"),
        ("()", 1, "expected a comparison"),
        ("(name = 'a'", 11, "expected AND, OR or ')'"),
        ("name = 'a')", 10, "expected AND, OR or the end"),
        ("NOT", 3, "expected a comparison"),
        ("NOT name = 'a' name = 'b'", 15, "expected AND, OR or the end"),
        ("status =", 8, "expected a value"),
        ("= 'OK'", 0, "expected a comparison"),
        ("status 'OK'", 7, "expected an operator"),
        ("name CONTAINS 'x'", 5, "expected an operator"),
        ("name = 'x", 7, "a quote is never closed"),
        ("name = 'it's'", 12, "a quote is never closed"),
        ("name = 'it''s", 7, "a quote is never closed"),
        ("tags.`x = 'x'", 5, "a quote is never closed"),
        ("name IN 'x'", 8, "expected a list"),
        ("name IN ('x'", 12, "a comma or ')'"),
        ("name IN (,)", 9, "expected a value"),
        ("name NOT = 'x'", 9, "IN, LIKE, ILIKE or RLIKE after NOT"),
        ("name IS 'x'", 8, "NULL or NOT NULL after IS"),
        ("text = 'x'", 0, "write trace.text"),
        ("text LIKE 'x'", 0, "write trace.text"),
        ("trace.text = 'x'", 11, "operators of trace.text are LIKE, ILIKE"),
        ("name IN ()", 8, "the list is empty"),
        ("name IN (1,2)", 9, "expected a quoted value such as '1'"),
        ("execution_time_ms IN (1)", 18, "IN cannot be used here"),
        ("name = 'a'; name = 'b'", 10, "not ';'"),
        ("name = 'a' -- more", 11, "unexpected '-'"),
        ("tags.a/b = 'x'", 6, "backticks"),
        ("status == 'OK'", 7, "did you mean '='?"),
        ("status <> 'OK'", 7, "did you mean '!='?"),
        ("timestamp_ms =< 5", 13, "did you mean '<='?"),
        ("span.bogus = 'x'", 0, "parts are span.name, span.type, span.status, span.model, span.provider,"),
        ("span.typ = 'x'", 0, "did you mean 'type'?"),
        ("span.name.x = 'x'", 0, "unknown part of a span 'name.x'"),
        ("span.attributes = 'x'", 0, "write span.attributes.<key>"),
        ("span.content = 'x'", 13, "operators of span.content are LIKE, ILIKE"),
        ("span.name > 'x'", 10, "> cannot be used here"),
        ("span.attributes.k > 3", 18, "> cannot be used here"),
        ("feedback.score > 'a'", 17, "expected a number such as 0.5 after >, found 'a'"),
        ("feedback.score IN (1)", 19, "expected a quoted value such as '1'"),
        ("prompt = 'x'", 9, "'name/version'"),
        ("prompt = '/1'", 9, "'name/version'"),
        ("prompt > 'a/1'", 7, "operators of prompt are ="),
        ("issue.id IS NULL", 9, "operators of issue.id are ="),
        ("issue.name = 'x'", 0, "use issue.id"),
        ("timestamp_ms LIKE '1'", 13, "LIKE cannot be used here"),
        ("timestamp_ms > 'yesterday'", 15, "such as '2026-11-21T10:00:00Z', found 'yesterday'"),
        ("timestamp_ms > '2026-13-01'", 15, "expected Unix milliseconds"),
        ("execution_time_ms > 'slow'", 20, "expected a number such as 250, found 'slow'"),
        ("execution_time_ms > 1e999", 20, "the number is too large"),
        ("execution_time_ms > 5s", 20, "unexpected '5'"),
        ("request_id IS NOT NULL", 11, "IS NOT NULL cannot be used here"),
        ("name RLIKE 'a('", 11, "the regular expression cannot be used: missing ): a("),
        ("name RLIKE 'a(?=b)'", 11, "RE2 syntax"),
        ("name NOT RLIKE '['", 15, "the regular expression cannot be used"),
        ("name = '\ud800'", 8, "half of a character"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused_at_its_place(text: str, position: int, says: str):
    error = refused(text)
    assert says in error.text
    assert error.position == position


def test_an_unknown_name_of_any_length_is_cut_in_the_message():
    assert len(refused("x" * 10_000 + " = 'x'").text) < 1000


def test_a_filter_has_a_greatest_length():
    assert parse_filter(f"name = '{'x' * 16_375}'") is not None
    assert "longer than 16,384 characters" in refused(f"name = '{'x' * 16_376}'").text


def test_a_filter_has_a_greatest_depth():
    assert parsed("(" * 50 + "name = 'a'" + ")" * 50) == A
    error = refused("(" * 51 + "name = 'a'" + ")" * 51)
    assert "nested deeper than 50" in error.text
    assert error.position == 50


def test_a_filter_has_a_greatest_number_of_comparisons():
    comparisons = ["name = 'a'"] * 500
    assert parsed(" AND ".join(comparisons)) == And((A,) * 500)
    assert "more than 500 comparisons" in refused(" OR ".join([*comparisons, "name = 'b'"])).text


@pytest.mark.parametrize(
    "text",
    [
        "(" * 16_000,
        "NOT " * 4_000,
        "NOT " * 4_000 + "name = 'a'",
        "(" * 8_000 + "name = 'a'" + ")" * 8_000,
        "name = " + "'" * 16_001,
        "tags." + "`" * 16_001,
        "name = 'a' " * 1_400,
        "a." * 8_000,
        "execution_time_ms > " + "9" * 16_000,
        "name IN (" + "'a'," * 4_000,
        "name RLIKE '" + "(a?){1000}" * 50 + "'",
        "name RLIKE '" + "(" * 1500 + "'",
        "=" * 16_000,
        "\\" * 16_000,
    ],
    ids=range(14),
)
def test_a_hostile_filter_is_refused_quickly(text: str):
    began_s = time.monotonic()
    refused(text)
    assert time.monotonic() - began_s < 2


WORDS = st.sampled_from(
    [
        "name", "status", "tags.k", "span.name", "feedback.f", "timestamp_ms", "trace.text", "issue.id", "prompt", "=",
        "!=", ">", "==", "IN", "NOT", "LIKE", "RLIKE", "IS", "NULL", "AND", "OR", "(", ")", ",", "'x'", '"y"', "`z`",
        "5", "1e9", "'2026-11-21'", "'a/1'", "'( '", ".", ";", "'", "desc",
    ]
)  # fmt: skip


@given(st.text() | st.lists(WORDS, max_size=12).map(" ".join))
def test_no_text_does_anything_but_parse_or_be_refused(text: str):
    try:
        parse_filter(text)
    except InvalidFilter as error:
        assert error.position is not None
        assert 0 <= error.position <= len(text)
