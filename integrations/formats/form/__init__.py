"""The format of web forms."""
