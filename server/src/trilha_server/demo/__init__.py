"""A support agent's week in production, told the same way each time: for a look around and for tests."""

DEMO_EXPERIMENT = "/Shared/demo-support-agent"
DEMO_TRACES = 300
