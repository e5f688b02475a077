"""From a request to the store: admission, group commit, counts of what arrived."""
