"""What an application asks the server for. Unlike tracing, these calls wait for an answer and raise errors."""
