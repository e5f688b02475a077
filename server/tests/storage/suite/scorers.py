"""What every store promises about scorers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from trilha_server.domain.errors import InvalidInput, NotFound
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.scorer import Scorer
from trilha_server.ports import Store

from server.tests.support.spans import NOW_MS, FixedClock

ONE, OTHER = ExperimentId(1), ExperimentId(2)


def registered(store: Store, name: str = "polite", definition: str = '{"a": 1}') -> Scorer:
    return store.scorers.register_scorer(ONE, name, definition)


class ScorersSuite:
    """Scorers have versions; each name has one online scoring."""

    def test_the_first_version_comes_back_as_it_was_registered(self, store: Store) -> None:
        made = store.scorers.register_scorer(ONE, "höflich", '{"text": "\U0001f600"}')

        assert (made.version, made.create_time_ms, made.experiment_id) == (1, NOW_MS, ONE)
        assert store.scorers.get_scorer(ONE, "höflich") == made
        assert store.scorers.list_scorers([ONE]) == store.scorers.scorer_versions(ONE, "höflich") == [made]

    def test_versions_of_a_name_count_up_under_one_id(self, store: Store, clock: FixedClock) -> None:
        first = registered(store)
        clock.time_ms += 10
        second = registered(store, definition="{}")

        assert (second.version, second.scorer_id, second.definition) == (2, first.scorer_id, "{}")
        assert second.create_time_ms == NOW_MS + 10
        assert store.scorers.scorer_versions(ONE, "polite") == [first, second]
        assert store.scorers.get_scorer(ONE, "polite") == second
        assert store.scorers.get_scorer(ONE, "polite", 1) == first

    def test_a_name_belongs_to_one_experiment(self, store: Store) -> None:
        mine = registered(store)
        theirs = store.scorers.register_scorer(OTHER, "polite", "{}")

        assert (theirs.version, theirs.scorer_id != mine.scorer_id) == (1, True)
        assert store.scorers.list_scorers([ONE]) == [mine]
        assert store.scorers.list_scorers([ONE, OTHER]) == [mine, theirs]

    def test_the_list_has_the_newest_of_every_name_in_their_order(self, store: Store) -> None:
        for name in ("b", "a", "b"):
            registered(store, name)

        assert [(one.name, one.version) for one in store.scorers.list_scorers([ONE])] == [("a", 1), ("b", 2)]
        assert store.scorers.list_scorers([]) == []

    def test_one_version_can_be_forgotten_and_its_number_is_not_given_again(self, store: Store) -> None:
        first = registered(store)
        registered(store)
        store.scorers.delete_scorer(ONE, "polite", 2)

        assert store.scorers.scorer_versions(ONE, "polite") == store.scorers.list_scorers([ONE]) == [first]
        assert registered(store).version == 3

    @pytest.mark.parametrize("version", [None, 1])
    def test_with_the_last_version_the_name_is_free(self, store: Store, version: int | None) -> None:
        gone = registered(store)
        store.scorers.set_online_scoring(ONE, "polite", 1.0, None)
        store.scorers.delete_scorer(ONE, "polite", version)

        assert store.scorers.list_scorers([ONE]) == store.scorers.scorer_versions(ONE, "polite") == []
        assert store.scorers.online_scorings([gone.scorer_id]) == []
        again = registered(store)
        assert (again.version, again.scorer_id != gone.scorer_id) == (1, True)
        assert store.scorers.online_scorings([again.scorer_id]) == []

    def test_all_versions_can_be_forgotten_at_once(self, store: Store) -> None:
        for _ in range(3):
            registered(store)
        kept = registered(store, "kept")
        store.scorers.delete_scorer(ONE, "polite")

        assert store.scorers.list_scorers([ONE]) == [kept]

    @pytest.mark.parametrize(
        ("experiment_id", "name", "version"), [(ONE, "rude", None), (OTHER, "polite", None), (ONE, "polite", 2)]
    )
    def test_what_is_not_there_is_told(
        self, store: Store, experiment_id: ExperimentId, name: str, version: int | None
    ) -> None:
        made = registered(store)

        with pytest.raises(NotFound):
            store.scorers.get_scorer(experiment_id, name, version)
        with pytest.raises(NotFound):
            store.scorers.delete_scorer(experiment_id, name, version)
        assert store.scorers.list_scorers([ONE]) == [made]

    def test_nothing_is_said_of_online_scoring_at_first(self, store: Store) -> None:
        made = registered(store)

        assert store.scorers.online_scorings([made.scorer_id]) == []
        with pytest.raises(InvalidInput, match="sample_rate"):
            store.scorers.set_online_scoring(ONE, "polite", None, "status = 'OK'")
        assert store.scorers.online_scorings([made.scorer_id]) == []
        with pytest.raises(NotFound):
            store.scorers.set_online_scoring(ONE, "rude", 1.0, None)

    def test_online_scoring_belongs_to_the_name_and_keeps_its_id(self, store: Store) -> None:
        made = registered(store)
        started = store.scorers.set_online_scoring(ONE, "polite", 0.5, "status = 'OK'")
        registered(store)
        other = registered(store, "other")

        assert (started.scorer_id, started.experiment_id) == (made.scorer_id, ONE)
        assert (started.sample_rate, started.filter) == (0.5, "status = 'OK'")
        assert store.scorers.online_scorings([other.scorer_id, made.scorer_id, "nobody"]) == [started]
        stopped = store.scorers.set_online_scoring(ONE, "polite", 0.0, None)
        assert (stopped.online_scoring_id, stopped.sample_rate) == (started.online_scoring_id, 0.0)

    def test_what_is_not_named_stays_and_an_empty_filter_is_none(self, store: Store) -> None:
        registered(store)
        store.scorers.set_online_scoring(ONE, "polite", 0.5, "status = 'OK'")

        faster = store.scorers.set_online_scoring(ONE, "polite", 1.0, None)
        assert (faster.sample_rate, faster.filter) == (1.0, "status = 'OK'")
        narrower = store.scorers.set_online_scoring(ONE, "polite", None, "status = 'ERROR'")
        assert (narrower.sample_rate, narrower.filter) == (1.0, "status = 'ERROR'")
        wider = store.scorers.set_online_scoring(ONE, "polite", None, "")
        assert (wider.sample_rate, wider.filter) == (1.0, None)

    def test_versions_registered_at_once_take_numbers_of_their_own(self, store: Store) -> None:
        with ThreadPoolExecutor(4) as pool:
            made = [each.result() for each in [pool.submit(registered, store) for _ in range(12)]]

        assert sorted(one.version for one in made) == list(range(1, 13))
        assert len({one.scorer_id for one in made}) == 1
        assert sorted(store.scorers.scorer_versions(ONE, "polite"), key=lambda one: one.version) == sorted(
            made, key=lambda one: one.version
        )

    def test_text_with_nul_is_no_reason_to_fail(self, store: Store) -> None:
        made = store.scorers.register_scorer(ONE, "a\x00b", '{"a": "\x00"}')
        store.scorers.set_online_scoring(ONE, "a\x00b", 1.0, "name = '\x00'")

        assert store.scorers.get_scorer(ONE, "a\x00b") == made
        assert store.scorers.online_scorings(["\x00"]) == []
        store.scorers.delete_scorer(ONE, "a\x00b")
