"""Who may pass which door: made from the map of addresses, so that a new one must be named here.

Every operation with no key, a bad key, a key without its scope, and a key of another tenant.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from integrations.api.account.views import Nowhere
from integrations.api.resource import ANY_KEY, PUBLIC
from integrations.connectors.services import Wanted, create_connection
from integrations.delivery.states import State
from integrations.desk.selection import Selection
from integrations.desk.services.replays import start_replay
from integrations.engine.models import Run
from integrations.flows import services as flows
from integrations.partners import services as partners
from integrations.tenants import services
from integrations.tenants.access import SCOPES
from integrations.tenants.ids import new_id
from integrations.tenants.models import ApiKey, TenantStatus
from integrations.trials.documents import Given
from integrations.trials.services import shadows, trying
from integrations.trials.services.cases import Chosen, make_case
from integrations.trials.services.samples import make_sample
from tests.desk import rows

EXPECTED = {
    "GET flows": "flow.view",
    "POST flows": "flow.edit",
    "GET templates": "flow.view",
    "GET templates/{template}": "flow.view",
    "GET templates/{template}/sample": "flow.view",
    "POST templates/{template}/flows": "flow.edit",
    "POST templates/{template}/try": "flow.try",
    "GET flows/{flow}": "flow.view",
    "PATCH flows/{flow}": "flow.edit",
    "GET flows/{flow}/draft": "flow.view",
    "PUT flows/{flow}/draft": "flow.edit",
    "GET flows/{flow}/validation": "flow.view",
    "GET flows/{flow}/scope/{step}": "flow.view",
    "GET flows/{flow}/yaml": "flow.view",
    "POST flows/{flow}/publish": "flow.publish",
    "POST flows/{flow}/try": "flow.try",
    "GET flows/{flow}/samples": "flow.view",
    "POST flows/{flow}/samples": "flow.try",
    "GET flows/{flow}/samples/{sample}": "flow.view",
    "PATCH flows/{flow}/samples/{sample}": "flow.try",
    "DELETE flows/{flow}/samples/{sample}": "flow.try",
    "GET flows/{flow}/samples/{sample}/document": "flow.view",
    "GET flows/{flow}/pins": "flow.view",
    "PUT flows/{flow}/pins/{step}": "flow.try",
    "DELETE flows/{flow}/pins/{step}": "flow.try",
    "GET flows/{flow}/cases": "flow.view",
    "POST flows/{flow}/cases": "flow.edit",
    "POST flows/{flow}/cases/run": "flow.try",
    "GET flows/{flow}/cases/{case}": "flow.view",
    "PATCH flows/{flow}/cases/{case}": "flow.edit",
    "DELETE flows/{flow}/cases/{case}": "flow.edit",
    "POST flows/{flow}/cases/{case}/run": "flow.try",
    "POST flows/{flow}/cases/{case}/accept": "flow.edit",
    "POST flows/{flow}/shadow": "run.view",
    "GET flows/{flow}/shadow/{shadow}": "run.view",
    "POST flows/{flow}/rollback": "flow.publish",
    "GET flows/{flow}/versions": "flow.view",
    "GET flows/{flow}/versions/{number}": "flow.view",
    "GET flows/{flow}/overlay": "run.view",
    "GET flows/{flow}/compare": "flow.view",
    "GET flows/{flow}/references": "flow.view",
    "POST flows/{flow}/copy": "flow.view",
    "POST flows/{flow}/duplicate": "flow.edit",
    "POST flows/{flow}/archive": "flow.edit",
    "POST flows/{flow}/restore": "flow.edit",
    "POST flows/{flow}/enable": "flow.enable",
    "POST flows/{flow}/disable": "flow.enable",
    "GET flows/{flow}/hooks": "hook.view",
    "POST flows/{flow}/hooks": "hook.edit",
    "PATCH hooks/{hook}": "hook.edit",
    "PUT hooks/{hook}/verifier": "hook.edit",
    "DELETE hooks/{hook}/verifier": "hook.edit",
    "GET formats": "flow.view",
    "GET formats/{format}": "flow.view",
    "POST documents/recognise": "flow.try",
    "POST documents/read": "flow.try",
    "POST documents/translate": "flow.try",
    "POST mappings/check": "flow.try",
    "POST mappings/try": "flow.try",
    "POST mappings/suggest": "flow.try",
    "POST mappings/fit": "flow.try",
    "POST mappings/lineage": "flow.try",
    "POST mappings/diff": "flow.try",
    "POST mappings/test": "flow.try",
    "GET schemas/importers": "flow.view",
    "POST schemas/import": "flow.try",
    "GET canonical": "flow.view",
    "GET canonical/{model}": "flow.view",
    "GET partners": "partner.view",
    "GET partners/{partner}": "partner.view",
    "PUT partners/{partner}": "partner.edit",
    "DELETE partners/{partner}": "partner.edit",
    "GET tables": "partner.view",
    "GET tables/{table}": "partner.view",
    "PUT tables/{table}": "partner.edit",
    "DELETE tables/{table}": "partner.edit",
    "GET counters": "partner.view",
    "PUT counters/{counter}": "partner.edit",
    "GET counters/{counter}/numbers": "partner.view",
    "GET connectors": "connection.view",
    "GET connectors/{connector}": "connection.view",
    "GET connections": "connection.view",
    "POST connections": "connection.edit",
    "GET connections/{connection}": "connection.view",
    "PATCH connections/{connection}": "connection.edit",
    "DELETE connections/{connection}": "connection.edit",
    "PUT connections/{connection}/secrets": "connection.edit",
    "POST connections/{connection}/choices": "connection.use",
    "POST connections/{connection}/test": "connection.use",
    "GET runs": "run.view",
    "GET runs/{run}": "run.view",
    "GET runs/{run}/way": "run.view",
    "GET runs/{run}/documents/{what}": "run.view",
    "GET runs/{run}/attempts/{ordinal}": "run.view",
    "POST runs/{run}/cancel": "run.cancel",
    "POST runs/{run}/resolve": "run.resolve",
    "GET dead-letters": "dead_letter.view",
    "GET dead-letters/causes": "dead_letter.view",
    "POST dead-letters/{run}/hold": "dead_letter.edit",
    "POST dead-letters/{run}/unhold": "dead_letter.edit",
    "POST dead-letters/{run}/keep": "dead_letter.keep",
    "POST dead-letters/{run}/discard": "dead_letter.edit",
    "GET replays": "dead_letter.view",
    "POST replays": "dead_letter.replay",
    "GET replays/{replay}": "dead_letter.view",
    "POST replays/{replay}/stop": "dead_letter.replay",
    "GET batches": "batch.view",
    "GET batches/{batch}": "batch.view",
    "GET alerts": "alert.view",
    "GET alerts/closed": "alert.view",
    "GET alerts/{alert}": "alert.view",
    "POST alerts/{alert}/acknowledge": "alert.edit",
    "POST alerts/{alert}/close": "alert.edit",
    "GET approvals": "approval.view",
    "GET approvals/past": "approval.view",
    "GET approvals/{approval}": "approval.view",
    "POST approvals/{approval}/decide": "approval.decide",
    "GET usage": "usage.view",
    "GET status": PUBLIC,
    "GET me": ANY_KEY,
    "GET openapi.json": PUBLIC,
}
SCOPED = sorted(name for name, scope in EXPECTED.items() if scope in SCOPES)
EVERYBODYS = ("{connector}", "{template}", "{format}", "{model}", "{counter}", "PUT partners/", "PUT tables/")
"""What is there for all, and what is made in one's own tenant by being named."""
OWNED = sorted(name for name in SCOPED if "{" in name and not any(one in name for one in EVERYBODYS))
BODIES: dict[str, Any] = {
    "PATCH flows/{flow}": {"name": "Mine now"},
    "PUT flows/{flow}/draft": {"revision": 1, "definition": {}},
    "POST flows/{flow}/rollback": {"number": 1},
    "POST flows/{flow}/copy": {"target_key": "7m_live_x"},
    "POST flows/{flow}/try": {"definition": {}},
    "POST flows/{flow}/samples": {"document": {"text": "{}"}},
    "PATCH flows/{flow}/samples/{sample}": {"name": "Mine now"},
    "PUT flows/{flow}/pins/{step}": {"value": 1},
    "POST flows/{flow}/cases": {"name": "Mine", "definition": {}},
    "POST flows/{flow}/cases/run": {"definition": {}},
    "PATCH flows/{flow}/cases/{case}": {"name": "Mine now"},
    "POST flows/{flow}/cases/{case}/run": {"definition": {}},
    "POST flows/{flow}/cases/{case}/accept": {"definition": {}},
    "POST flows/{flow}/shadow": {"definition": {}},
    "PATCH hooks/{hook}": {"enabled": False},
    "PUT hooks/{hook}/verifier": {"secret": "a secret of mine"},
    "PATCH connections/{connection}": {"name": "Mine now"},
    "POST connections/{connection}/choices": {
        "operation": "set_inventory_level",
        "field": "body.location_id",
    },
    "PUT connections/{connection}/secrets": {"secrets": {"access_token": "mine"}},
    "POST runs/{run}/resolve": {"verdict": "dead", "reason": "because I say so"},
    "POST approvals/{approval}/decide": {"decision": "approved"},
    "POST dead-letters/{run}/keep": {"hours": 100},
    "POST dead-letters/{run}/discard": {"reason": "because I say so"},
}


def addresses(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, before + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield before + str(entry.pattern), entry.callback


def listed() -> dict[str, str]:
    """Read every operation and its scope from the map of addresses."""
    found = {}
    for address, view in addresses(get_resolver()):
        if not address.startswith("api/v1/") or view.view_class is Nowhere:
            continue
        plain = address.removeprefix("api/v1/").replace("<", "{").replace(">", "}")
        for kind in ("str:", "uuid:", "int:", "slug:"):
            plain = plain.replace(kind, "")
        methods = [one for one in ("get", "post", "put", "patch", "delete") if hasattr(view.view_class, one)]
        for method in methods:
            found[f"{method.upper()} {plain}"] = view.view_class.scopes.get(method.upper(), "none")
    return found


def filled(name: str, values: dict[str, object]) -> tuple[str, str]:
    method, _, address = name.partition(" ")
    return method, "/" + address.format_map(values)


NOTHING: dict[str, object] = {
    "flow": new_id(), "number": 1, "hook": new_id(), "connector": "shopify", "connection": new_id(),
    "run": new_id(), "what": "input", "ordinal": 1, "replay": new_id(), "batch": new_id(), "alert": new_id(),
    "approval": new_id(),
    "format": "csv", "step": "stock", "model": "order", "partner": "nobody", "table": "nothing",
    "counter": "acme.x12.group", "template": "edifact-orders-as-json", "sample": new_id(), "case": new_id(),
    "shadow": new_id(),
}  # fmt: skip


@pytest.fixture
def things(foreign) -> dict[str, object]:
    """Make one of everything, in the other tenant."""
    by = foreign.system
    flow = rows.flow(foreign.tenant.pk)
    draft = {"steps": [{"key": "in", "kind": "webhook_trigger"}]}
    flows.save_draft(by=by, flow_id=flow.id, definition=draft, revision=flow.draft_revision)
    hooked = flows.import_flow(by=by, text="name: H\nsteps: [{key: in, kind: webhook_trigger}]\n")
    wanted = Wanted("Shop", "twin", {"shop": "siam"}, {})
    wanted_trial = trying.Wanted(draft, document=Given(b"{}"))
    sample = make_sample(by=by, flow_id=flow.id, name="", document=Given(b"{}"), origin="pasted")
    case, _ = make_case(by=by, flow_id=flow.id, name="One", wanted=wanted_trial, chosen=Chosen())
    shadow = shadows.start(by=by, flow_id=flow.id, definition=draft, runs=1)
    run = rows.run(flow)
    rows.document(run)
    rows.attempt(run, 1, exchange=(b"{}", b"{}"))
    return {
        "flow": flow.id,
        "number": 3,
        "sample": sample.id,
        "case": case.id,
        "shadow": shadow.id,
        "step": "in",
        "hook": flows.create_hook(by=by, flow_id=hooked.id).id,
        "connection": create_connection(by=by, connector="shopify", wanted=wanted).id,
        "run": run.id,
        "what": "input",
        "ordinal": 1,
        "replay": start_replay(by=by, chosen=Selection()).id,
        "batch": rows.batch(flow).id,
        "alert": rows.alert(flow).id,
        "approval": rows.approval(rows.run(flow, State.WAITING)).id,
        "format": "csv",
        "partner": partners.save_partner(by=by, key="acme", name="ACME", profile={}).key,
        "table": partners.save_table(by=by, key="carriers", title="Carriers", rows={}).key,
        "counter": "acme.x12.group",
    }


def test_every_operation_is_listed_here_with_its_scope() -> None:
    assert listed() == EXPECTED


def test_every_scope_of_a_key_exists() -> None:
    assert {scope for scope in EXPECTED.values() if scope not in (PUBLIC, ANY_KEY)} <= SCOPES


@pytest.mark.parametrize("name", [one for one, scope in EXPECTED.items() if scope != PUBLIC])
def test_without_a_key_nothing_opens(client, db, name) -> None:
    method, path = filled(name, NOTHING)
    got = client.generic(method, f"/api/v1{path}")
    assert (got.status_code, got.json()["code"]) == (401, "access.api_key")
    assert got.headers["WWW-Authenticate"] == 'Bearer realm="7M"'


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "Bearer",
        "Bearer x",
        "Basic 7m",
        "Bearer " + "7m_live_" + "0" * 71,
        "Bearer " + "x" * 5000,
        "Bearer \x00é",
    ],
)
def test_every_bad_key_gives_the_same_answer(client, db, shown) -> None:
    got = client.get("/api/v1/flows", headers={"Authorization": shown})
    assert (got.status_code, got.json()["code"]) == (401, "access.api_key")


def test_a_revoked_key_opens_nothing(api) -> None:
    ApiKey.objects.update(revoked_at=rows.now())
    assert api("GET", "/me").refusal == (401, "access.api_key")


@pytest.mark.parametrize("name", SCOPED)
def test_a_key_without_the_scope_is_refused(make_caller, name) -> None:
    caller = make_caller(SCOPES - {EXPECTED[name]})
    method, path = filled(name, NOTHING)
    assert caller(method, path, BODIES.get(name)).refusal == (403, "access.role")


@pytest.mark.parametrize("name", OWNED)
def test_a_foreign_thing_and_one_that_is_not_there_look_the_same(api, things, name) -> None:
    foreign_thing = api(*filled(name, things), BODIES.get(name))
    no_thing = api(*filled(name, {**NOTHING, "number": 3}), BODIES.get(name))
    assert foreign_thing.refusal == (404, "access.not_found")
    assert foreign_thing.content == no_thing.content


@pytest.mark.parametrize("name", [one for one in OWNED if one.startswith("GET ")])
def test_its_owner_sees_it(foreign, things, name) -> None:
    assert foreign(*filled(name, things)).status == 200


def test_a_foreign_short_name_is_not_found(api, foreign, things) -> None:
    slug = foreign("GET", f"/flows/{things['flow']}").json["slug"]
    assert api("GET", f"/flows/{slug}").refusal == (404, "access.not_found")


@pytest.mark.parametrize(
    ("field", "thing"), [("flow", "flow"), ("batch", "batch"), ("replay", "replay"), ("search", "run")]
)
def test_filters_find_nothing_foreign(api, things, field, thing) -> None:
    got = api("GET", f"/runs?{field}={things[thing]}")
    assert got.status == 404 if field == "flow" else got.json["items"] == []


def test_a_replay_names_no_foreign_run(api, things) -> None:
    body = {"filter": {"ids": [str(things["run"])]}}
    assert api("POST", "/replays", body).refusal == (404, "access.not_found")
    assert api("POST", "/replays", {**body, "dry_run": True}).json["missing"] == 1


def test_methods_that_an_address_does_not_have(api) -> None:
    got = api("DELETE", "/flows")
    assert (got.refusal, got.headers["Allow"]) == (
        (405, "request.method_not_allowed"),
        "GET, POST, HEAD",
    )


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nowhere",
        "/flows/",
        "/flows/x/y/z",
        "/runs/not-an-id",
        "/hooks/1/verifier",
        "/flows/%00",
        "/%ff",
    ],
)
def test_an_address_that_is_none(api, path) -> None:
    got = api("GET", path)
    assert (got.status, got.headers["Content-Type"]) == (404, "application/problem+json")


def test_a_suspended_tenant_is_shut_out(api) -> None:
    services.set_tenant_status(by=api.system, status=TenantStatus.SUSPENDED)
    assert api("GET", "/me").refusal == (401, "access.api_key")


def test_nothing_of_a_run_is_changed_by_a_stranger(api, things) -> None:
    api("POST", f"/runs/{things['run']}/cancel")
    assert Run.objects.get(id=things["run"]).state == State.DEAD
