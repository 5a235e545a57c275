"""The operations of the mapping language, one module per family."""
