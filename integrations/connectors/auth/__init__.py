"""How a call proves who it is from; one module a kind."""
