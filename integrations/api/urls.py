"""Every address of the API; the last pattern takes what no other one does."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("integrations.api.flows.urls")),
    path("", include("integrations.api.connectors.urls")),
    path("", include("integrations.api.connections.urls")),
    path("", include("integrations.api.account.urls")),
]
