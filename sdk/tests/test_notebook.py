"""How traces look in notebooks."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import trilha
from trilha import _finish
from trilha._client.table import Table
from trilha._notebook.cells import Cells, html_of
from trilha._notebook.page import page
from trilha._notebook.sketch import MOST_STEPS, Sketch, Step, sketch_of
from trilha.entities import Trace
from trilha.testing import in_memory

HOSTILE = "<img src=x onerror=alert(1)>\"'&"


def a_step(span_id: str, parent_id: str | None = None, **fields: Any) -> Step:
    known: dict[str, Any] = {
        "name": span_id, "span_type": "TOOL", "start_ns": 0, "end_ns": 1_500_000, "is_error": False,
        "message": "", "inputs": None, "outputs": None,
    }  # fmt: skip
    return Step(span_id=span_id, parent_id=parent_id, **{**known, **fields})


def a_sketch(*steps: Step, **fields: Any) -> Sketch:
    known: dict[str, Any] = {
        "trace_id": "tr-1", "name": "answer", "state": "OK", "duration_ms": 1234.0, "tokens": 1200, "cost_usd": 0.01,
    }  # fmt: skip
    return Sketch(steps=steps, **{**known, **fields})


@pytest.fixture
def cells() -> Iterator[Cells]:
    made = Cells(3)
    _finish.watchers.append(made.see)
    with in_memory():
        yield made
    _finish.watchers.remove(made.see)


def shown(cells: Cells) -> list[Sketch]:
    return cells.take()[0]


def test_a_trace_is_shown_with_its_figures_and_a_link() -> None:
    html = page([a_sketch(a_step("look up"))], "http://server/base")
    assert all(text in html for text in ("<b>answer</b>", "OK", "1.23 s", "1,200 tokens", "$0.0100", "1.5 ms"))
    assert 'href="http://server/base/t/tr-1"' in html


def test_everything_is_escaped() -> None:
    step = a_step("a", name=HOSTILE, span_type=HOSTILE, inputs=HOSTILE, outputs=HOSTILE, message=HOSTILE, is_error=True)
    html = page([a_sketch(step, name=HOSTILE, state=HOSTILE, trace_id=HOSTILE)], f"http://server/{HOSTILE}", HOSTILE)
    assert "<img" not in html
    assert "'&" not in html
    assert "\"'" not in html


@pytest.mark.parametrize("address", ["javascript:alert(1)//", None])
def test_only_web_addresses_are_links(address: str | None) -> None:
    assert "href" not in page([a_sketch()], address)


def test_a_lone_surrogate_does_not_keep_the_notebook_from_being_saved() -> None:
    page([a_sketch(name="\ud800")], None).encode()


def test_steps_stand_below_their_parents_in_the_order_of_their_beginnings() -> None:
    steps = [a_step("c", "a", start_ns=3), a_step("d", "b", start_ns=2), a_step("b", "a", start_ns=1), a_step("a")]
    html = page([a_sketch(*steps)], None)
    assert [html.index(f"<summary>{name} ") for name in "abdc"] == sorted(
        html.index(f"<summary>{name} ") for name in "abcd"
    )
    assert html.count("margin-left:18px") == 2
    assert html.count("margin-left:36px") == 1


def test_a_step_whose_parent_is_missing_is_shown_all_the_same() -> None:
    assert "<summary>a " in page([a_sketch(a_step("a", "unknown"))], None)


def test_steps_that_are_their_own_parents_do_not_hang_it() -> None:
    assert page([a_sketch(a_step("a", "b"), a_step("b", "a"), a_step("c", "c"))], None)


def test_a_trace_that_ends_is_shown_once_with_tokens_and_steps(cells: Cells) -> None:
    with trilha.start_span("answer", span_type="AGENT") as root:
        root.set_attribute("mlflow.chat.tokenUsage", {"total_tokens": 12})
        with trilha.start_span("call") as call:
            call.set_attribute("llm.token_count.total", 12)
            call.set_attribute("mlflow.llm.cost", {"total_cost": 0.5})
            call.set_inputs({"n": 1})
    (sketch,) = shown(cells)
    assert (sketch.name, sketch.state, sketch.tokens, sketch.cost_usd) == ("answer", "OK", 12, 0.5)
    assert [(step.name, step.inputs) for step in sketch.steps] == [("call", '{"n":1}'), ("answer", None)]
    assert shown(cells) == []


def test_a_trace_that_fails_says_so(cells: Cells) -> None:
    with pytest.raises(ValueError, match="boom"), trilha.start_span("answer"):
        raise ValueError("boom")
    (sketch,) = shown(cells)
    assert (sketch.state, sketch.steps[0].message) == ("ERROR", "ValueError: boom")


def test_only_as_many_traces_as_wanted_are_kept(cells: Cells) -> None:
    for number in range(5):
        with trilha.start_span(f"answer {number}"):
            pass
    sketches, are_more = cells.take()
    assert [sketch.name for sketch in sketches] == ["answer 0", "answer 1", "answer 2"]
    assert are_more


def test_what_is_noted_late_is_not_shown_below_the_next_cell(cells: Cells) -> None:
    with in_memory() as late:
        _finish.watchers.remove(cells.see)
        for _ in range(4):
            with trilha.start_span("answer"):
                pass
        _finish.watchers.append(cells.see)
    for span in late.spans[:3]:
        cells.see(span)
    assert len(shown(cells)) == 3
    cells.see(late.spans[3])
    assert shown(cells) == []


def test_large_traces_are_cut(cells: Cells) -> None:
    with trilha.start_span("answer") as root:
        root.set_inputs("x" * 100_000)
        for _ in range(MOST_STEPS + 10):
            with trilha.start_span("step"):
                pass
    (sketch,) = shown(cells)
    assert sketch.more_steps == 10
    assert sketch.steps[-1].name == "answer"
    assert len(page([sketch], None)) < 50_000


def test_of_very_many_open_traces_the_steps_of_the_first_are_forgotten() -> None:
    cells = Cells(100)
    with in_memory() as ended:
        roots = [trilha.start_span_no_context("answer") for _ in range(100)]
        for root in roots:
            trilha.start_span_no_context("step", parent_span=root).end()
        for root in roots:
            root.end()
    for span in ended.spans:
        cells.see(span)
    assert sum(len(sketch.steps) for sketch in shown(cells)) == 50 + 100


def test_a_trace_that_was_read_looks_the_same(cells: Cells) -> None:
    with trilha.start_span("answer", span_type="AGENT") as span:
        span.set_inputs("olá")
        written = span.to_dict()
    info = {"trace_id": span.trace_id, "state": "OK", "tags": {"mlflow.traceName": "answer"}, "trace_metadata": {}}
    trace = Trace.from_dict({"info": info, "data": {"spans": [written]}})
    (live,) = shown(cells)
    read = sketch_of(trace)
    assert (read.name, read.trace_id, read.steps[0].inputs) == (live.name, live.trace_id, live.steps[0].inputs)
    html = Table([trace, trace])._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert html is not None
    assert html.count("<b>answer</b>") == 2
    assert repr(trace) == f"Trace(trace_id='{span.trace_id}')"


def test_a_trace_is_its_name_alone_where_the_display_is_off() -> None:
    trace = Trace.from_dict({"info": {"trace_id": "tr-1"}})
    trilha.tracing.disable_notebook_display()
    try:
        assert html_of([trace]) is None
    finally:
        trilha.tracing.enable_notebook_display()
    assert html_of([trace]) is not None


def test_nothing_of_it_is_loaded_outside_of_notebooks() -> None:
    program = "import sys, trilha; trilha.trace(int)('1'); print([each for each in sys.modules if '_notebook' in each])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
