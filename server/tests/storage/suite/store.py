"""All promises of the store: whoever keeps them takes all that is here into a module with a `store_url`."""

from server.tests.storage.suite.assessing import AssessmentsSuite, assessed
from server.tests.storage.suite.changing import ChangesSuite, DeletionSuite
from server.tests.storage.suite.experiments import ExperimentsSuite, IngestionSuite
from server.tests.storage.suite.figures import FiguresSuite, far_spans
from server.tests.storage.suite.jobs import JobsSuite
from server.tests.storage.suite.observing import FieldsSuite, WindowsSuite
from server.tests.storage.suite.pricing import CostsSuite, PricesSuite, WalkSuite
from server.tests.storage.suite.registry import AliasesSuite, RegisteredModelsSuite, RegisteredVersionsSuite
from server.tests.storage.suite.runs import MetricsSuite, RunSearchSuite, RunsSuite
from server.tests.storage.suite.scorers import ScorersSuite
from server.tests.storage.suite.searching import AgreementSuite, OrderSuite, SearchSuite, ordered
from server.tests.storage.suite.signing_keys import SigningKeysSuite
from server.tests.storage.suite.subjects import SubjectsSuite, VersionNamesSuite
from server.tests.storage.suite.summing import RecountSuite, SumsSuite, few_wait
from server.tests.storage.suite.upkeep import UpkeepSuite
from server.tests.storage.suite.version_searching import VersionSearchSuite, filled
from server.tests.storage.suite.versions import VersionsSuite
from server.tests.storage.suite.writing import IdempotenceSuite, RoundTripSuite, TraceSuite

__all__ = [
    "TestAgreement",
    "TestAliases",
    "TestAssessments",
    "TestChanges",
    "TestCosts",
    "TestDeletion",
    "TestExperiments",
    "TestFields",
    "TestFigures",
    "TestIdempotence",
    "TestIngestion",
    "TestJobs",
    "TestMetrics",
    "TestOrder",
    "TestPrices",
    "TestRecount",
    "TestRegisteredModels",
    "TestRegisteredVersions",
    "TestRoundTrip",
    "TestRunSearch",
    "TestRuns",
    "TestScorers",
    "TestSearch",
    "TestSigningKeys",
    "TestSubjects",
    "TestSums",
    "TestTrace",
    "TestUpkeep",
    "TestVersionNames",
    "TestVersionSearch",
    "TestVersions",
    "TestWalk",
    "TestWindows",
    "assessed",
    "far_spans",
    "few_wait",
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


class TestSums(SumsSuite):
    pass


class TestRecount(RecountSuite):
    pass


class TestFigures(FiguresSuite):
    pass


class TestUpkeep(UpkeepSuite):
    pass


class TestSubjects(SubjectsSuite):
    pass


class TestVersionNames(VersionNamesSuite):
    pass


class TestPrices(PricesSuite):
    pass


class TestCosts(CostsSuite):
    pass


class TestWalk(WalkSuite):
    pass


class TestJobs(JobsSuite):
    pass


class TestWindows(WindowsSuite):
    pass


class TestFields(FieldsSuite):
    pass
