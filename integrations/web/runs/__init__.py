"""The pages of runs: the list, one run, its payloads."""
