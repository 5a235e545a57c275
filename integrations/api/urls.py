"""Every address of the API; the last pattern takes what no other one does."""

from django.urls import URLPattern, URLResolver, include, path

AREAS = (
    "flows",
    "overlays",
    "comparisons",
    "copies",
    "templates",
    "trials",
    "documents",
    "mappings",
    "schemas",
    "partners",
    "connectors",
    "connections",
    "runs",
    "dead_letters",
    "replays",
    "batches",
    "alerts",
    "approvals",
    "usage",
    "status",
    "account",
)
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(f"integrations.api.{area}.urls")) for area in AREAS
]
