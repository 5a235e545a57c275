from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Prices, plans, usage and statements."""

    name = "integrations.billing"
    label = "billing"
    default_auto_field = "django.db.models.BigAutoField"
