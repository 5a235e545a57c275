from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from integrations.errors import AccessError, SevenMError
from integrations.tenants.models import User
from integrations.tenants.services import create_tenant
from integrations.web import answers, tenancy
from integrations.web.first_run import checklist, sending
from integrations.web.first_run.forms import TenantForm

YEAR_S = 365 * 24 * 3600


def start(request: HttpRequest) -> HttpResponse:
    """Make the tenant of who has none; who has one is there already."""
    user = request.user
    if not isinstance(user, User):
        raise AccessError
    if tenancy.has_seat(request):
        return redirect("web:home")
    form = TenantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        origin = request.META.get("REMOTE_ADDR", "")
        try:
            tenant = create_tenant(by=user, name=form.cleaned_data["name"], origin=origin)
        except SevenMError as error:
            answers.put_into(form, error)
        else:
            tenancy.enter(request, tenant.pk)
            return redirect("web:home")
    return render(request, "first_run/start.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def hide(request: HttpRequest) -> HttpResponse:
    """Put the checklist away in this browser."""
    response = redirect("web:home")
    response.set_cookie(
        checklist.COOKIE, checklist.HIDDEN, max_age=YEAR_S, samesite="Lax", httponly=True,
        secure=request.is_secure(),
    )  # fmt: skip
    return response


@require_POST
def send_sample(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    words = sending.send_sample(by=tenancy.actor(request), flow_id=flow_id)
    return answers.done(request, words, "web:flow", flow_id)
