"""The commands for the shell: `python -m trilha traces …`, and `trilha traces …` where the server is installed."""
