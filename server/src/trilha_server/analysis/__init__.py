"""Statistics of two sets of traces, as pure functions: what is better or worse, and what differs."""
