"""The flow definition as values: steps, edges, validation, order and difference. Pure."""
