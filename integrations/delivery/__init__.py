"""What delivery decides: run states, retry, breaker, ordering and shaping. Pure; the engine does the waiting."""
