from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from integrations.tenants import queries, services
from integrations.tenants.models import Role
from integrations.vault.services import api_key_peppers
from integrations.web import answers, paging, tenancy
from integrations.web.access import shown
from integrations.web.access.forms import ApiKeyForm, InviteForm, RoleForm
from integrations.web.fresh import needs


@require_safe
def api_keys(request: HttpRequest) -> HttpResponse:
    keys = queries.api_keys(tenancy.actor(request), before=paging.cursor(request))
    page = paging.page(request, [shown.key(row) for row in keys])
    return render(request, "access/api_keys.html", {"page": page})


@needs("api_key.edit", "web:api-key-new")
def new_key(request: HttpRequest) -> HttpResponse:
    form = ApiKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = services.create_api_key(
            by=tenancy.actor(request),
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            peppers=api_key_peppers(),
            expires_at=form.expires_at,
        )
        return render(request, "access/new_key.html", {"made": made})
    return render(request, "access/key_form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@needs("api_key.edit", "web:api-keys")
def revoke_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    services.revoke_api_key(by=tenancy.actor(request), key_id=key_id)
    return answers.done(request, "The key is refused from now on.", "web:api-keys")


@require_safe
def members(request: HttpRequest) -> HttpResponse:
    return render(request, "access/members.html", shown.members(tenancy.actor(request)))


@needs("member.edit", "web:member-invite")
def invite(request: HttpRequest) -> HttpResponse:
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
        made = services.invite(by=tenancy.actor(request), email=email, role=role)
        context = {"made": made, "url": shown.invitation_url(made.token)}
        return render(request, "access/invited.html", context)
    return render(request, "access/invite.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@needs("member.edit", "web:members")
def set_role(request: HttpRequest, member_id: UUID) -> HttpResponse:
    role = Role(answers.valid(RoleForm(request.POST))["role"])
    services.set_role(by=tenancy.actor(request), member_id=member_id, role=role)
    return answers.done(request, "The role is set; the person signs in again.", "web:members")


@require_POST
@needs("member.edit", "web:members")
def remove(request: HttpRequest, member_id: UUID) -> HttpResponse:
    services.remove_member(by=tenancy.actor(request), member_id=member_id)
    return answers.done(request, "The person has no seat here any more.", "web:members")


def accept(request: HttpRequest, token: str) -> HttpResponse:
    if request.method != "POST":
        return render(request, "access/accept.html")
    origin = request.META.get("REMOTE_ADDR", "")
    member = services.accept_invitation(user=shown.person(request), token=token, origin=origin)
    tenancy.enter(request, member.tenant_id)
    return answers.done(request, "Welcome.", "web:home")
