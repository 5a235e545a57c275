"""The pages of flows: list, picture, versions, hooks, draft."""
