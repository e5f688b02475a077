"""What is remembered of spans that were written."""

import tracemalloc

from trilha import _wire


def test_long_texts_are_not_remembered() -> None:
    tracemalloc.start()
    try:
        for number in range(100):
            long_text = f"{number}" + "x" * 100_000
            _wire.status(2, long_text)
            _wire.text_attribute(long_text, "value")
            _wire.span(1, 2, None, long_text, 1, 2, [])
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held_bytes < 1_000_000


def test_keys_are_written_the_same_however_many_there_were() -> None:
    first = _wire.text_attribute("key", "value")
    for number in range(10_000):
        _wire.text_attribute(f"key {number}", "value")
    assert _wire.text_attribute("key", "value") == first
