"""Dead letters: why they are dead, kept longer, given up."""
