from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from integrations.web import tenancy
from integrations.web.frame.forms import TenantForm


@require_POST
def enter_tenant(request: HttpRequest) -> HttpResponse:
    """Change the tenant a person works in, and begin at its first page: former ids mean nothing there."""
    form = TenantForm(request.POST)
    if form.is_valid():
        tenancy.enter(request, form.cleaned_data["tenant"])
    return redirect("/")
