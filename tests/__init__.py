"""What crosses packages: real clients, real servers."""
