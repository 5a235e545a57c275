"""What every template may use: the theme, and for who is signed in the frame around the page."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from integrations.web import navigation, tenancy

THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, object]:
    """Give ``theme``, ``seat`` and ``navigation``; the two are read when a page shows them."""
    theme = request.COOKIES.get("theme", "")
    values: dict[str, object] = {"theme": theme if theme in THEMES else "auto"}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        values["seat"] = SimpleLazyObject(lambda: tenancy.seat(request))
        values["navigation"] = SimpleLazyObject(
            lambda: navigation.groups(tenancy.seat(request), request.path)
        )
    return values
