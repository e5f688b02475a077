"""What traces are filed under."""
