"""X-3: every address of the project, by every role, on own and foreign objects: made from the URL map.

A new address fails here until it stands in one of the lists. Those of the API are walked the same way in
``tests/api/test_doors.py``.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from integrations.tenants.access import PERMISSIONS
from integrations.tenants.models import AuditEvent
from sevenm import celery
from tests.web import world
from tests.web.world import REASON, World

pytestmark = pytest.mark.django_db
assert celery.app  # what the views wake workers through

DONE = {200, 201, 204, 302, 409, 422, 502}
"""What an allowed request may meet: done, or refused for another reason than who asks."""


@dataclass(frozen=True)
class Route:
    """permission: "" where every member may. args: names in `World.ids`, or values. owned: may be foreign.

    speaks: it is a door for scripts, which send JSON. method: by which it is sent.
    """

    permission: str
    args: tuple[Any, ...] = ()
    post: dict[str, Any] | None = None
    query: str = ""
    owned: bool = field(default=True)
    speaks: bool = False
    method: str = "POST"

    def send(self, client: Client, url: str) -> Any:
        if self.post is None:
            return client.get(url)
        if self.speaks:
            body = json.dumps(self.post)
            return client.generic(self.method, url, body, content_type="application/json")
        return client.post(url, self.post, content_type=MULTIPART_CONTENT)

    def url(self, name: str, ids: dict[str, Any]) -> str:
        args = [ids.get(arg, arg) if isinstance(arg, str) else arg for arg in self.args]
        return reverse(f"web:{name}", args=args) + self.query.format(**ids)


ORDER, NO_RULES = {"canonical": "order"}, {"version": 1, "rules": []}
SMALL = {"steps": [{"key": "a", "kind": "webhook_trigger"}]}
ON, OFF = {"enabled": "1"}, {"enabled": "0"}
PAGES = {
    "enter-tenant": Route("", post={"tenant": str(uuid4())}),
    "home": Route("run.view"),
    "demo": Route("flow.try"),
    "demo-orders": Route("flow.try", post={"how": "one"}),
    "demo-edi": Route("flow.try", post={"orders": "2"}),
    "demo-stock": Route("batch.send", post={"details": "3"}),
    "demo-twin": Route("sandbox.control", ("shopify",), {"behaviour": "down"}),
    "start": Route(""),
    "start-hide": Route("", post={}),
    "flow-send-sample": Route("ingress.send", ("flow",), {}),
    "flows": Route("flow.view"),
    "flow-new": Route("flow.edit", post={"name": "Mine"}),
    "templates": Route("flow.view"),
    "template": Route("flow.view", ("edifact-orders-as-json",)),
    "template-use": Route("flow.edit", ("edifact-orders-as-json",), {"name": "Mine"}),
    "template-try": Route("flow.try", ("edifact-orders-as-json",), {}),
    "template-sample": Route("flow.view", ("edifact-orders-as-json",)),
    "flow-import": Route("flow.edit", post={"text": "name: A flow\nsteps: []\n"}),
    "flow": Route("flow.view", ("flow",)),
    "flow-versions": Route("flow.view", ("flow",)),
    "flow-version": Route("flow.view", ("flow", 1)),
    "flow-copy": Route("flow.view", ("flow",)),
    "flow-duplicate": Route("flow.edit", ("flow",), {}),
    "flow-archive": Route("flow.edit", ("flow",), {"archived": "0"}),
    "flow-compare": Route("flow.view", ("flow",)),
    "flow-compare-json": Route("flow.view", ("flow",)),
    "flow-draft": Route("flow.view", ("flow",)),
    "flow-hooks": Route("hook.view", ("flow",)),
    "flow-export": Route("flow.view", ("flow",)),
    "flow-switch": Route("flow.enable", ("flow",), OFF),
    "flow-rename": Route("flow.edit", ("flow",), {"name": "Another"}),
    "flow-publish": Route("flow.publish", ("flow",), {"comment": ""}),
    "overlay": Route("run.view", ("flow",)),
    "overlay-run": Route("run.view", ("flow", "dead")),
    "run-way": Route("run.view", ("dead",)),
    "mapper": Route("flow.view", ("flow", "stock")),
    "mapper-scope": Route("flow.view", ("flow",), {"definition": SMALL, "step": "a"}, speaks=True),
    "mapper-choices": Route("flow.view"),
    "mapper-tables": Route("partner.view"),
    "mapper-schema": Route("flow.view", post={"target": ORDER}, speaks=True),
    "mapper-import": Route("flow.try", post={"kind": "sample", "text": "{}"}, speaks=True),
    "mapper-sample": Route("flow.try", post={"text": '{"a": 1}'}, speaks=True),
    "mapper-suggest": Route("flow.try", post={"source": ORDER, "target": ORDER}, speaks=True),
    "mapper-check": Route("flow.view", post={"plan": NO_RULES}, speaks=True),
    "mapper-preview": Route("flow.try", post={"plan": NO_RULES, "input": {"value": {}}}, speaks=True),
    "mapper-write": Route("flow.view", post={"plan": NO_RULES, "language": "yaml"}, speaks=True),
    "mapper-read": Route("flow.view", post={"text": "version: 1", "language": "yaml"}, speaks=True),
    "builder": Route("flow.view", ("flow",)),
    "builder-draft": Route("flow.view", ("flow",)),
    "builder-check": Route("flow.view", ("flow",), {"definition": {}}, speaks=True),
    "builder-scope": Route("flow.view", ("flow",), {"definition": SMALL, "step": "a"}, speaks=True),
    "builder-changes": Route("flow.view", ("flow",)),
    "builder-publish": Route("flow.publish", ("flow",), {}, speaks=True),
    "flow-rollback": Route("flow.publish", ("flow",), {"number": "1"}),
    "translate": Route("flow.try"),
    "translate-read": Route("flow.try", post={"text": "a,b\n1,2\n"}),
    "translate-convert": Route("flow.try", post={"text": "a,b\n1,2\n", "target": "json"}),
    "translate-format": Route("flow.try", ("csv",)),
    "translate-fields": Route("flow.try", ("nacha",)),
    "partners": Route("partner.view"),
    "partner-new": Route("partner.edit", post={"name": "Acme", "key": "acme"}),
    "partner": Route("partner.view", ("partner",)),
    "partner-edit": Route("partner.edit", ("partner",), {"name": "Another"}),
    "partner-delete": Route("partner.edit", ("partner",), {}),
    "tables": Route("partner.view"),
    "table-new": Route("partner.edit", post={"title": "Units", "key": "units"}),
    "table": Route("partner.view", ("table",)),
    "table-edit": Route(
        "partner.edit", ("table",), {"title": "Mine", "revision": "1", "key": "a", "value": "b"}
    ),
    "table-import": Route("partner.edit", ("table",), {"csv": "a,b", "revision": "1"}),
    "table-export": Route("partner.view", ("table",)),
    "table-delete": Route("partner.edit", ("table",), {}),
    "counters": Route("partner.view"),
    "counter-set": Route("partner.edit", post={"name": "a.b", "last": "1", "reason": REASON}),
    "counter": Route("partner.view", ("counter",)),
    "hook-new": Route("hook.edit", ("flow",), {}),
    "hook-switch": Route("hook.edit", ("flow", "hook"), OFF),
    "hook-secret": Route("hook.edit", ("flow", "hook"), {"secret": "a new signing secret"}),
    "connections": Route("connection.view"),
    "catalogue": Route("connection.view"),
    "connector": Route("connection.view", ("shopify",)),
    "connection-new": Route("connection.edit", ("shopify",)),
    "connection": Route("connection.view", ("connection",)),
    "connection-edit": Route("connection.edit", ("connection",), {"name": "Mine", "mode": "twin"}),
    "connection-test": Route("connection.use", ("connection",), {}),
    "connection-delete": Route("connection.edit", ("connection",), {}),
    "runs": Route("run.view"),
    "run": Route("run.view", ("dead",)),
    "exchange": Route("run.view", ("dead", 1)),
    "document": Route("run.view", ("dead", "input")),
    "run-reveal": Route("run.reveal", ("dead",), {"what": "input", "reason": REASON}),
    "run-cancel": Route("run.cancel", ("waiting",), {}),
    "run-resolve": Route("run.resolve", ("doubtful",), {"verdict": "dead", "reason": REASON}),
    "run-hold": Route("dead_letter.edit", ("dead",), {"held": "1"}),
    "run-keep": Route("dead_letter.keep", ("dead",), {"hours": "168"}),
    "run-discard": Route("dead_letter.edit", ("dead",), {"reason": REASON}),
    "dead-letters": Route("dead_letter.view"),
    "dead-letter-messages": Route("dead_letter.view"),
    "replays": Route("dead_letter.view"),
    "replay-new": Route(
        "dead_letter.replay",
        post={"start": "failed", "version": "same", "pace": "0"},
        query="?ids={dead}",
        owned=True,
    ),
    "replay": Route("dead_letter.view", ("replay",)),
    "replay-stop": Route("dead_letter.replay", ("replay",), {}),
    "batches": Route("batch.view"),
    "batch-new": Route("batch.send"),
    "batch": Route("batch.view", ("batch",)),
    "alerts": Route("alert.view"),
    "alerts-closed": Route("alert.view"),
    "alert-routes": Route("alert.edit", post={"kind": "email", "target": "ops@example.test"}),
    "alert-route-switch": Route("alert.edit", ("route",), OFF),
    "alert-route-delete": Route("alert.edit", ("route",), {}),
    "alert-acknowledge": Route("alert.edit", ("alert",), {}),
    "alert-close": Route("alert.edit", ("alert",), {}),
    "badges": Route(""),
    "approvals": Route("approval.view"),
    "approvals-past": Route("approval.view"),
    "approval": Route("approval.view", ("approval",)),
    "approval-decide": Route("approval.decide", ("approval",), {"decision": "approved", "comment": "Yes."}),
    "approval-link": Route("", ("no-such-link",)),
    "usage": Route("usage.view"),
    "usage-line": Route("usage.view", ("2026-01", 1), owned=False),
    "api-keys": Route("api_key.view"),
    "api-key-new": Route("api_key.edit", post={"name": "ci", "days": "30", "scopes": "flow.view"}),
    "api-key-revoke": Route("api_key.edit", ("key",), {}),
    "members": Route("member.view"),
    "member-invite": Route("member.edit", post={"email": "new@example.test", "role": "viewer"}),
    "member-role": Route("member.edit", ("member",), {"role": "builder"}),
    "member-remove": Route("member.edit", ("member",), {}),
    "invitation": Route("", ("no-such-token",)),
    "functions": Route("flow.view"),
    "evaluate": Route("flow.try", post={"op": ["now"], "scope": {}}, speaks=True),
    "choice-lists": Route("flow.view"),
    "choice-format": Route("flow.view", query="?format=csv"),
    "choice-operation": Route("flow.view", query="?connector=shopify&operation=get_shop"),
    "choice-firings": Route("flow.view", post={"config": {"every_minutes": 5}}, speaks=True),
    "choices": Route(
        "connection.use",
        post={
            "connection": "Leather shop",
            "operation": "set_inventory_level",
            "field": "body.location_id",
        },
        speaks=True,
    ),
    "choice-connection-form": Route("connection.edit", query="?connector=shopify"),
    "choice-connection-new": Route(
        "connection.edit",
        post={"connector": "shopify", "name": "Mine", "mode": "twin", "config": {"shop": "a"}},
        speaks=True,
    ),
    "choice-connection": Route("connection.view", query="?connection={connection}"),
    "audit": Route("audit.view"),
    "audit-verify": Route("audit.view", post={}),
}
DRAFT: dict[str, Any] = {"definition": {"steps": [{"key": "in", "kind": "webhook_trigger"}]}}
TEXT = {"text": "{}"}
PAGES |= {
    "try": Route("flow.try", ("flow",), post=DRAFT | {"document": TEXT}, speaks=True),
    "samples": Route("flow.view", ("flow",)),
    "samples-history": Route("run.view", ("flow",)),
    "samples-capture": Route("flow.view", ("flow",)),
    "sample": Route("flow.try", ("flow", "sample"), post={"name": "Mine"}, speaks=True, method="PATCH"),
    "sample-download": Route("flow.view", ("flow", "sample")),
    "layout-lines": Route("flow.try", ("flow", "sample"), {"options": {}}, speaks=True),
    "layout-guess": Route("flow.try", ("flow", "sample"), {}, speaks=True),
    "pins": Route("flow.view", ("flow",)),
    "pin": Route("flow.try", ("flow", "in"), post={"value": 1}, speaks=True, method="PUT"),
    "cases": Route("flow.edit", ("flow",), post=DRAFT | {"name": "A", "document": TEXT}, speaks=True),
    "cases-run": Route("flow.try", ("flow",), post=DRAFT, speaks=True),
    "case": Route("flow.edit", ("flow", "case"), post={"name": "Mine"}, speaks=True, method="PATCH"),
    "case-run": Route("flow.try", ("flow", "case"), post=DRAFT, speaks=True),
    "case-accept": Route("flow.edit", ("flow", "case"), post=DRAFT, speaks=True),
    "shadow": Route("flow.try", ("flow",), post=DRAFT | {"runs": 1}, speaks=True),
    "shadow-report": Route("run.view", ("flow", "shadow")),
}
PUBLIC = {"status": (), "status-json": (), "status-csv": (), "status-connector": ("shopify",)}
OPEN_ACCOUNT = {
    "account_login", "account_signup", "account_inactive", "account_reset_password",
    "account_email_verification_sent", "account_confirm_email", "account_confirm_login_code",
    "account_reset_password_done", "account_reset_password_from_key", "account_reset_password_from_key_done",
    "mfa_authenticate", "mfa_login_webauthn", "account_logout",
}  # fmt: skip
CLOSED_ACCOUNT = {
    "account_reauthenticate", "account_email", "account_change_password", "account_set_password", "mfa_index",
    "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes", "mfa_download_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn",
    "mfa_reauthenticate_webauthn", "mfa_remove_webauthn", "mfa_edit_webauthn",
}  # fmt: skip
ROLES = ("owner", "builder", "viewer", "support", "billing_admin")
OBJECTS = (
    "flow", "hook", "connection", "dead", "waiting", "doubtful", "replay", "batch", "route", "alert",
    "approval", "key", "sample", "case", "shadow", "member", "partner", "table", "counter",
)  # fmt: skip
FOREIGN = sorted(
    name
    for name, route in PAGES.items()
    if route.owned and ({*OBJECTS} & {*route.args} or "{" in route.query)
)


def addresses(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, before + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield before + str(entry.pattern), entry.name or ""


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside never was."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def may(role: str, permission: str) -> bool:
    row = PERMISSIONS[permission] if permission else None
    return row is None or role in (row.staff if role in ("support", "billing_admin") else row.roles)


def ask(client: Client, route: Route, url: str, as_role: Any) -> int:
    with as_role("web"), undone():
        got = route.send(client, url)
    return int(got.status_code)


def trail(of: World) -> int:
    return AuditEvent.objects.filter(tenant_id=of.tenant.pk).count()


def test_every_address_stands_in_a_list() -> None:
    found = {
        (address, name) for address, name in addresses(get_resolver()) if not address.startswith("api/v1/")
    }
    listed = set(PAGES) | set(PUBLIC) | OPEN_ACCOUNT | CLOSED_ACCOUNT
    assert {name for _, name in found} == listed


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_role_does_what_its_permission_says(name: str, as_role: Any) -> None:
    route, mine = PAGES[name], world.make()
    url = route.url(name, mine.ids)
    for role in ROLES:
        client = world.seat(mine.tenant, role)
        status = ask(client, route, url, as_role)
        if name in ("home", "badges") or (name == "invitation" and status == 200):
            assert status == 200
        elif name == "approval-link":
            assert status == 404
        elif name in ("enter-tenant", "usage-line", "demo-twin") and may(role, route.permission):
            assert status in DONE | {404}
        elif may(role, route.permission):
            assert status in DONE, role
        else:
            assert status == 403, role


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_foreign_is_not_there(name: str, as_role: Any) -> None:
    route, other, mine = PAGES[name], world.make("Andean Wool"), world.make()
    url, before = route.url(name, other.ids), trail(other)
    for role in ("owner", "builder", "viewer"):
        client = world.seat(mine.tenant, role)
        with as_role("web"):
            got = route.send(client, url)
        assert got.status_code == (404 if may(role, route.permission) else 403), role
    assert trail(other) == before


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_foreign_looks_as_what_never_was(name: str, as_role: Any) -> None:
    route, other, mine = PAGES[name], world.make("Andean Wool"), world.make()
    client = world.seat(mine.tenant)
    made_up = dict.fromkeys(other.ids, uuid4())
    answers = []
    with as_role("web"):
        for url in (route.url(name, other.ids), route.url(name, made_up)):
            got = route.send(client, url)
            answers.append((got.status_code, got.text.count("There is no such thing here.")))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_who_is_not_signed_in_is_sent_to_the_entrance(name: str) -> None:
    route = PAGES[name]
    url = route.url(name, dict.fromkeys(OBJECTS, uuid4()))
    got = route.send(Client(), url)
    assert got.status_code == 302
    assert got["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", sorted(CLOSED_ACCOUNT - {"mfa_remove_webauthn", "mfa_edit_webauthn"}))
def test_account_pages_need_a_sign_in(name: str) -> None:
    got = Client().get(reverse(name))
    assert got.status_code == 302
    assert "/login/" in got["Location"]


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_pages_need_nobody(name: str) -> None:
    got = Client().get(reverse(f"web:{name}", args=PUBLIC[name]))
    assert got.status_code == (404 if PUBLIC[name] else 200)
