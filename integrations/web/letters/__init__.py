"""The pages of dead letters and replays."""
