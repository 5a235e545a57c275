from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _static_files_as_they_lie(settings: Any) -> None:
    """Pages are tested without collecting static files first."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
