"""The shapes that chat messages, tools and documents come in, read as one."""
