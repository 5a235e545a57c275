"""JSON texts for several formats: the strict decoder and encoder, cutting lists, the look for faults."""
