"""The format multipart/form-data."""
