"""The pages of usage: a month, and the runs behind a line of it."""
