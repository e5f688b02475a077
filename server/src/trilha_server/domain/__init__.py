"""What a trace, a span, an assessment and an experiment are: frozen, without I/O."""
