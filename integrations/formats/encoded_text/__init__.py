"""Texts in any encoding: those we read, blocks of bytes to blocks of text, guesses for unknown ones."""
