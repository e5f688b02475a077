"""What all tests of the SDK share."""

from hypothesis import settings

settings.register_profile("trilha", derandomize=True, deadline=None, database=None, max_examples=200)
settings.load_profile("trilha")
