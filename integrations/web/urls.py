"""The addresses of the pages, one include for each area."""

from django.urls import URLPattern, URLResolver, include, path

app_name = "web"
urlpatterns: list[URLPattern | URLResolver] = [path("", include("integrations.web.frame.urls"))]
