"""All promises of the store: whoever keeps them takes all that is here into a module with a `store_url`."""

from server.tests.storage.suite.assessing import AssessmentsSuite, assessed
from server.tests.storage.suite.changing import ChangesSuite, DeletionSuite
from server.tests.storage.suite.experiments import ExperimentsSuite, IngestionSuite
from server.tests.storage.suite.registry import AliasesSuite, RegisteredModelsSuite, RegisteredVersionsSuite
from server.tests.storage.suite.runs import MetricsSuite, RunSearchSuite, RunsSuite
from server.tests.storage.suite.scorers import ScorersSuite
from server.tests.storage.suite.searching import AgreementSuite, OrderSuite, SearchSuite, ordered
from server.tests.storage.suite.signing_keys import SigningKeysSuite
from server.tests.storage.suite.upkeep import UpkeepSuite
from server.tests.storage.suite.version_searching import VersionSearchSuite, filled
from server.tests.storage.suite.versions import VersionsSuite
from server.tests.storage.suite.writing import IdempotenceSuite, RoundTripSuite, TraceSuite

__all__ = [
    "TestAgreement",
    "TestAliases",
    "TestAssessments",
    "TestChanges",
    "TestDeletion",
    "TestExperiments",
    "TestIdempotence",
    "TestIngestion",
    "TestMetrics",
    "TestOrder",
    "TestRegisteredModels",
    "TestRegisteredVersions",
    "TestRoundTrip",
    "TestRunSearch",
    "TestRuns",
    "TestScorers",
    "TestSearch",
    "TestSigningKeys",
    "TestTrace",
    "TestUpkeep",
    "TestVersionSearch",
    "TestVersions",
    "assessed",
    "filled",
    "ordered",
]


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


class TestSigningKeys(SigningKeysSuite):
    pass


class TestRuns(RunsSuite):
    pass


class TestMetrics(MetricsSuite):
    pass


class TestRunSearch(RunSearchSuite):
    pass


class TestScorers(ScorersSuite):
    pass


class TestVersions(VersionsSuite):
    pass


class TestVersionSearch(VersionSearchSuite):
    pass


class TestRegisteredModels(RegisteredModelsSuite):
    pass


class TestAliases(AliasesSuite):
    pass


class TestRegisteredVersions(RegisteredVersionsSuite):
    pass


class TestSearch(SearchSuite):
    pass


class TestOrder(OrderSuite):
    pass


class TestAgreement(AgreementSuite):
    pass


class TestUpkeep(UpkeepSuite):
    pass
