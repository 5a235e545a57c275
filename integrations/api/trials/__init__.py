"""Trying a flow by the API. What reveals real payloads (history, capture) is for people only."""
