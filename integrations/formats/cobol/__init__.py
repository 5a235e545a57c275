"""COBOL data files, read and written by their copybook."""
