"""One module per kind of step; `context` is their contract, `registry` their list."""
