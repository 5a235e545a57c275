"""One ASGI application, split by path: documents at ``/in/``, live pages at ``/ws/``, the rest is Django."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sevenm.settings")

from django.core.asgi import get_asgi_application

application = get_asgi_application()
