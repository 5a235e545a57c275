"""The JSON of the expression editor: the functions there are, and what an operation gives on a sample."""
