"""Pages for people: Django templates with htmx, and the websocket that tells them what changed."""
