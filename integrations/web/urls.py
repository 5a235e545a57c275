"""The addresses of the pages, one include for each area."""

from typing import Final

from django.urls import URLPattern, URLResolver, include, path

AREAS: Final = (
    "frame",
    "home",
    "gallery",
    "first_run",
    "flows",
    "builder",
    "overlay",
    "mapper",
    "expressions",
    "choices",
    "layouts",
    "trials",
    "translate",
    "connections",
    "partners",
    "runs",
    "letters",
    "batches",
    "alerts",
    "approvals",
    "usage",
    "status",
    "access",
    "audit",
)

app_name = "web"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(f"integrations.web.{area}.urls")) for area in AREAS
]
