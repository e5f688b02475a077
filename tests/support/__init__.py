"""What the tests through the public door stand on: real servers, real clients, a faulty network."""
