"""Our own API, described at `/openapi.json`."""
