"""The one place that touches the process environment."""

import os

from integrations.errors import ConfigError
from sevenm.config import Config, load


def variables() -> dict[str, str]:
    """Give the environment of this process."""
    return dict(os.environ)


def read() -> Config:
    """Read the settings of this process; raises SettingsError."""
    return load(os.environ)


def work_as(role: str) -> Config:
    """Choose the database role of this process, before Django's settings are read, and give its settings."""
    os.environ["SEVENM_ROLE"] = role
    use_settings()
    return read()


def serve_as(role: str) -> Config:
    """Do the same for a process that serves: it needs database and broker. Raises ConfigError."""
    config = work_as(role)
    require_database(config)
    if not config.redis_url:
        raise _missing(config, "REDIS_URL")
    return config


def require_database(config: Config) -> None:
    """Say what to do before anything else fails for it. Raises ConfigError."""
    if config.instance is None and config.embedded_postgres:
        raise _missing(config, "DATABASE_URL")


def use_settings() -> None:
    """Tell Django where its settings are."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sevenm.settings")
    # Celery would run Django's checks in every worker, which load all pages and the API: 18 MB for nothing.
    os.environ.setdefault("CELERY_SKIP_CHECKS", "1")


def _missing(config: Config, variable: str) -> ConfigError:
    return ConfigError(
        "home.missing",
        f"7M is not set up in {config.home}, and {variable} is not set.",
        hint="Start it once with `sevenm up`, name another home in SEVENM_HOME, or name the servers in"
        " DATABASE_URL and REDIS_URL.",
    )
