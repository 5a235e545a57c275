"""The one place that touches the process environment."""

import os

from sevenm.config import Config, load


def variables() -> dict[str, str]:
    """Give the environment of this process."""
    return dict(os.environ)


def read() -> Config:
    """Read the settings of this process; raises SettingsError."""
    return load(os.environ)


def work_as(role: str) -> None:
    """Choose the database role of this process; before Django's settings are read."""
    os.environ["SEVENM_ROLE"] = role
    use_settings()


def use_settings() -> None:
    """Tell Django where its settings are."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sevenm.settings")
    # Celery would run Django's checks in every worker, which load all pages and the API: 18 MB for nothing.
    os.environ.setdefault("CELERY_SKIP_CHECKS", "1")
