"""The builder: the page where a flow is drawn, and the JSON that its script reads and saves."""
