"""XML itself: bytes to events, events to records and back, and what an XSD says of them."""
