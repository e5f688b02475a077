import math

import pytest
from trilha._client.table import COLUMNS, FORMER_NAMES, Table, row_of
from trilha.entities import Trace, TraceState
from trilha.exceptions import TrilhaError

from sdk.tests.test_entities import a_span, a_trace


def some_traces() -> Table:
    traces: list[Trace] = []
    for number, state in enumerate([TraceState.OK, TraceState.ERROR, TraceState.OK, TraceState.IN_PROGRESS]):
        trace = a_trace(a_span(attributes={"mlflow.spanInputs": {"n": number}}))
        trace.info.state = state
        trace.info.execution_duration = None if state is TraceState.IN_PROGRESS else 10 * number
        traces.append(trace)
    return Table(traces)


def test_former_names_of_columns_are_there_beside_the_new() -> None:
    row = row_of(some_traces()[1])
    assert set(row) == set(COLUMNS)
    for former, now in FORMER_NAMES.items():
        assert row[former] is row[now]
    assert (row["status"], row["execution_time_ms"], row["inputs"]) == ("ERROR", 10, {"n": 1})


def test_a_mask_picks_rows() -> None:
    traces = some_traces()
    picked = traces[traces["status"] == "OK"]
    assert [trace.info.execution_duration for trace in picked] == [0, 20]
    assert picked["execution_time_ms"].mean() == 10
    assert len(traces[(traces["status"] != "OK") & (traces["execution_duration"] >= 10)]) == 1
    assert len(traces[~(traces["status"] == "OK") | (traces["execution_duration"] == 0)]) == 3


def test_names_of_columns_pick_these() -> None:
    assert some_traces()[["status", "execution_duration"]][:2] == [
        {"status": "OK", "execution_duration": 0},
        {"status": "ERROR", "execution_duration": 10},
    ]
    assert Table()[["status"]] == []
    with pytest.raises(KeyError, match="latency"):
        some_traces()[["status", "latency"]]


def test_what_is_not_known_is_left_out_of_figures() -> None:
    durations = some_traces()["execution_duration"]
    assert (durations.sum(), durations.min(), durations.max(), durations.mean()) == (30, 0, 20, 10)
    assert (durations > 5).sum() == 2
    assert math.isnan(Table()["execution_duration"].mean())


def test_an_empty_table_says_so() -> None:
    assert Table().empty
    assert not some_traces().empty
    assert some_traces()[:0].empty


def test_a_column_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="latency"):
        some_traces()["latency"]


def test_without_the_spans_both_sides_are_what_the_previews_say() -> None:
    trace = a_trace(request_preview='{"q": 1}', response_preview='{"text": "cut o...')
    row = row_of(trace)
    assert row["request"] == {"q": 1}
    assert row["response"] == '{"text": "cut o...'


def test_without_pandas_a_data_frame_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trilha._client.table.has_pandas", lambda: False)
    with pytest.raises(TrilhaError, match="install it, or ask for return_type='list'"):
        some_traces().to_pandas()
