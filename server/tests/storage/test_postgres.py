"""The promises of the store, kept by PostgreSQL."""

import pytest

from server.tests.storage.suite.assessing import AssessmentsSuite, assessed
from server.tests.storage.suite.changing import ChangesSuite, DeletionSuite
from server.tests.storage.suite.experiments import ExperimentsSuite, IngestionSuite
from server.tests.storage.suite.searching import AgreementSuite, OrderSuite, SearchSuite, ordered
from server.tests.storage.suite.upkeep import UpkeepSuite
from server.tests.storage.suite.writing import IdempotenceSuite, RoundTripSuite, TraceSuite

__all__ = ["assessed", "ordered"]

pytestmark = pytest.mark.slow


@pytest.fixture
def store_url(postgres_url: str) -> str:
    return postgres_url


class TestRoundTrip(RoundTripSuite):
    pass


class TestIdempotence(IdempotenceSuite):
    pass


class TestTrace(TraceSuite):
    pass


class TestChanges(ChangesSuite):
    pass


class TestDeletion(DeletionSuite):
    pass


class TestAssessments(AssessmentsSuite):
    pass


class TestExperiments(ExperimentsSuite):
    pass


class TestIngestion(IngestionSuite):
    pass


class TestSearch(SearchSuite):
    pass


class TestOrder(OrderSuite):
    pass


class TestAgreement(AgreementSuite):
    pass


class TestUpkeep(UpkeepSuite):
    pass
