from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    """Latencies of connectors and of 7M itself, as sketches of minutes, hours and days."""

    name = "integrations.telemetry"
    label = "telemetry"
    default_auto_field = "django.db.models.BigAutoField"
