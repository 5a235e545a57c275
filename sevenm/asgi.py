"""One ASGI application, split by path: documents at ``/in/``, live pages at ``/ws/``, the rest is Django."""

from django.core.asgi import get_asgi_application

from sevenm import environment

environment.use_settings()

application = get_asgi_application()
