"""Dead letters, alerts and replays as people see them."""
