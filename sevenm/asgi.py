"""The ASGI applications: `application` serves everything, `ingress_only` takes documents in and no more."""

from typing import cast

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings
from django.core.asgi import get_asgi_application

from sevenm import environment

environment.use_settings()
pages = get_asgi_application()

from integrations.web.routing import websocket_urlpatterns  # noqa: E402  it needs Django's apps
from sevenm import limits, wiring  # noqa: E402
from sevenm.bounds import Bounded  # noqa: E402
from sevenm.celery import app as broker  # noqa: E402
from sevenm.front import Application, Front  # noqa: E402

ingress, listeners = wiring.doors(settings.SEVENM, wiring.use_keys(settings.SEVENM), broker)
sockets = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
bounded = Bounded(
    cast("Application", pages),
    head_bytes=settings.SEVENM.limits.header_bytes,
    body_bytes={
        "/api/": settings.SEVENM.limits.body_bytes,
        "": settings.SEVENM.limits.document_bytes,
    },
)
application = Front(ingress=ingress, pages=bounded, sockets=sockets, listeners=listeners)
ingress_only = Front(ingress=ingress, pages=None, sockets=None, listeners=listeners)
limits.collect_seldom()
