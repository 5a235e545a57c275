from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """Partner profiles, lookup tables, counters and what was sent under which number."""

    name = "integrations.partners"
    label = "partners"
    default_auto_field = "django.db.models.BigAutoField"
