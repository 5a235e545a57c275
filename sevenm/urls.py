"""Every address: the API, the account pages, and the pages of the product."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("integrations.api.urls")),
    path("", include("integrations.web.urls")),
]
