"""The JSON of the step panel: what can be chosen for a field, and connections made without leaving it."""
