"""The engine of the formats that are made of segments: X12, EDIFACT, HL7 v2 and others.

``tree``: what a message is made of, as data. ``assemble``: segments to a nested record and back.
``reading``, ``interchange``: the walk over messages in envelopes, and the codecs built on it.
``positional``: records whose fields stand at fixed columns.
"""
