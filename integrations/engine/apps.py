from django.apps import AppConfig


class EngineConfig(AppConfig):
    """Runs, documents, attempts, batches, replays and breakers."""

    name = "integrations.engine"
    label = "engine"
    default_auto_field = "django.db.models.BigAutoField"
