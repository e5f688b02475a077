"""What every store promises about work that can wait, about opening again, and about its own health."""

import random

import pytest
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import Store, TraceQuery
from trilha_server.search.parse import parse_filter
from trilha_server.storage.text_index import BLOCK_CHUNKS

from server.tests.storage.conftest import Opener
from server.tests.support.spans import a_span, arrived, declared, trace_id

WORDS = [f"w{number:04d}{'abcdefgh'[number % 8]}" for number in range(3000)]


def sentences(count: int, seed: int) -> list[str]:
    """Prose of made-up words that repeats itself a little, as prose does."""
    chosen = random.Random(seed)
    return [" ".join(chosen.choices(WORDS, k=25)) for _ in range(count)]


def fill(store: Store, count: int, first: int = 1) -> list[str]:
    """Write traces of one chunk each."""
    texts = sentences(count, first)
    updates = [
        arrived(a_span(1, trace=first + position, name=f"step {position % 7}", attributes={"input": text}))
        for position, text in enumerate(texts)
    ]
    store.writer.write(updates)
    return texts


def with_text(store: Store, *words: str) -> set[str]:
    tree = parse_filter(" AND ".join(f"trace.text LIKE '%{word}%'" for word in words))
    page = store.reader.search(TraceQuery(experiment_ids=(ExperimentId(0),), filter=tree, limit=2000))
    return {info.trace_id for info in page.traces}


def maintain(store: Store) -> int:
    """Do all the work that waits; how many pieces there were."""
    pieces = 0
    while store.upkeep.maintain():
        pieces += 1
        assert pieces < 100, "the work never ends"
    return pieces


class UpkeepSuite:
    """Work that can wait changes nothing but speed and room."""

    def test_a_store_with_little_in_it_has_nothing_to_do(self, store: Store) -> None:
        fill(store, 100)

        assert maintain(store) == 0

    @pytest.mark.slow
    def test_the_text_index_finds_what_was_found_without_it(self, store: Store) -> None:
        count = 2 * BLOCK_CHUNKS + 80
        texts = fill(store, count)
        wanted = ["step", *(text.split()[0] for text in texts[::150]), "w9999z", "w00"]
        before = {word: with_text(store, word) for word in wanted}

        assert maintain(store) >= 2
        fill(store, 20, first=5000)

        for word, found in before.items():
            assert found <= with_text(store, word)
            assert {trace_id(n) for n in range(1, count + 1)} & with_text(store, word) == found
        assert before["w9999z"] == set()

    def test_texts_of_one_trace_that_came_far_apart_are_found_together(self, store: Store) -> None:
        store.writer.write([arrived(a_span(1, trace=9000, attributes={"q": "umbrella"}))])
        fill(store, BLOCK_CHUNKS)
        store.writer.write([arrived(a_span(2, trace=9000, parent=1, attributes={"a": "lighthouse"}))])
        fill(store, BLOCK_CHUNKS, first=1000)

        assert maintain(store) >= 2

        assert with_text(store, "umbrella", "lighthouse") == {trace_id(9000)}

    def test_text_that_was_deleted_is_no_longer_found(self, store: Store) -> None:
        texts = fill(store, BLOCK_CHUNKS + 50)
        maintain(store)
        store.writer.delete(ExperimentId(0), [trace_id(1)])

        assert trace_id(1) not in with_text(store, texts[0].split()[0])

    @pytest.mark.slow
    def test_after_a_dictionary_was_trained_all_stays_readable(self, store: Store, opener: Opener) -> None:
        texts = fill(store, 1100)
        assert maintain(store) >= 1
        texts += fill(store, 50, first=1101)

        opener.close()
        reopened = opener.open()

        for position, text in enumerate(texts[::7]):
            number = 1 + 7 * position
            [span] = reopened.reader.spans(trace_id(number))
            assert (span.attributes["input"], span.facts.name) == (
                text,
                reopened.reader.get([trace_id(number)])[0].name,
            )

    def test_what_was_written_is_there_when_the_store_is_opened_again(self, store: Store, opener: Opener) -> None:
        store.writer.write([arrived(a_span()), declared(tags={"env": "prod"})])
        before = (store.reader.get([trace_id(1)]), store.reader.last_change())

        opener.close()
        reopened = opener.open()

        assert (reopened.reader.get([trace_id(1)]), reopened.reader.last_change()) == before
        reopened.writer.write([declared(2, tags={"env": "prod"})])
        assert reopened.reader.get([trace_id(2)])[0].change > before[1]

    def test_a_sound_store_has_no_problems(self, store: Store) -> None:
        fill(store, 10)

        assert store.upkeep.check() == []
