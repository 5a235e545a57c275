"""Some acts ask for the password again when the last sign-in is older than five minutes (SECURITY section 8).

What was posted is not kept meanwhile: it may be a secret. The person comes back to the page it was asked on.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from integrations.tenants.access import PERMISSIONS, require
from integrations.web import tenancy

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def needs(permission: str, page: str, *keep: str) -> Callable[[View[P]], View[P]]:
    """Guard a view by a permission, and by a new sign-in where the permission asks for one.

    page: name of the address to come back to after a POST. keep: arguments that it takes too.
    Raises AccessError.
    """

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            require(tenancy.actor(request), permission)
            if not PERMISSIONS[permission].fresh or signed_in_lately(request):
                return view(request, *args, **kwargs)
            back = request.get_full_path()
            if request.method == "POST":
                back = reverse(page, kwargs={name: kwargs[name] for name in keep})
            return confirm_first(request, back)

        return guarded  # type: ignore[return-value]  # mypy names the parameter that `wraps` keeps

    return guard


def confirm_first(request: HttpRequest, back: str) -> HttpResponse:
    """Send the person to prove who they are, and then to the address `back`."""
    if request.method == "POST":
        messages.warning(request, "Nothing was changed yet: confirm that it is you, then do it again.")
    return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")


def signed_in_lately(request: HttpRequest) -> bool:
    """Say whether the person proved who they are within the time that settings name."""
    records = get_authentication_records(request, request.user)
    latest = max((float(record["at"]) for record in records), default=0.0)
    return time.time() - latest < float(settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
