"""How values are kept on the caller's thread, which must not wait for large ones."""

import json
from typing import Any

import numpy as np
import pytest
from trilha._capture import captured, json_text


class Frame:
    """As DataFrames are: a shape, cells by rows and columns, and a dictionary of all of them."""

    def __init__(self, rows: int, columns: int) -> None:
        self.shape = (rows, columns)

    shape: tuple[int, int] = (0, 0)

    @property
    def iloc(self) -> "Frame":
        return self

    def __getitem__(self, cut: tuple[slice, slice]) -> "Frame":
        return Frame(*(len(range(count)[part]) for count, part in zip(self.shape, cut, strict=True)))

    def to_dict(self) -> Any:
        rows, columns = self.shape
        assert rows * columns <= 1_000, "all of it is converted"
        return {f"c{column}": {row: row for row in range(rows)} for column in range(columns)}


class Uncuttable:
    """Has a shape, and no parts."""

    shape = (10**9,)

    def to_dict(self) -> Any:
        raise AssertionError("all of it is converted")


def kept(value: Any) -> Any:  # Any: JSON
    return json.loads(json_text(captured(value)))


def test_a_small_table_is_kept_whole() -> None:
    assert kept(Frame(2, 1)) == {"c0": {"0": 0, "1": 1}}
    assert kept({"a": np.arange(3)}) == {"a": "[0 1 2]"}


@pytest.mark.parametrize("times", [1, 100])
def test_of_a_large_table_the_beginning_is_kept_and_how_large_it_is(times: int) -> None:
    told = kept([Frame(200_000, 100_000)] * times)[0]
    assert (told["type"], told["shape"]) == ("sdk.Frame", [200_000, 100_000])
    assert {name: len(column) for name, column in told["first"].items()} == {f"c{number}": 10 for number in range(50)}


@pytest.mark.parametrize("shape", [(100_000,), (1_000, 1_000), (64, 3, 100, 100)])
def test_of_a_large_array_too_however_it_is_to_be_printed(shape: tuple[int, ...]) -> None:
    with np.printoptions(threshold=10**9):
        told = kept(np.zeros(shape))
    assert (told["type"], told["shape"]) == ("numpy.ndarray", list(shape))
    assert 0 < told["first"].count("0.") <= 500


def test_what_cannot_be_cut_is_told_by_its_kind_and_shape() -> None:
    assert kept(Uncuttable()) == {"type": "sdk.Uncuttable", "shape": [10**9]}
