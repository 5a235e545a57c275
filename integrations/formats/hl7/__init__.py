"""HL7 v2.1 to 2.8: messages, batches, acknowledgements, MLLP framing."""
