"""XML documents of any kind."""
