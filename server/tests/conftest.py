"""What all tests of the server share."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "trilha",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.load_profile("trilha")
