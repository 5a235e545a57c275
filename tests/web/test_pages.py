"""The pages as people and their readers meet them: headings, labels, forms, empty states, bounded queries."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from integrations.delivery.states import State
from integrations.desk.queries import batches
from integrations.engine.models import Run
from integrations.flows import demo, queries
from integrations.tenants.models import AuditEvent
from sevenm import celery
from tests import factories
from tests.desk import rows
from tests.web import world
from tests.web.test_routes import PAGES
from tests.web.world import REASON, World

pytestmark = pytest.mark.django_db
assert celery.app  # what the views wake workers through

NO_PAGES = {
    "demo", "badges", "flow-compare-json", "overlay", "overlay-run", "table-export", "template-sample",
    "start",
    "approval-link", "choice-connection", "choice-connection-form", "choice-format", "choice-lists",
    "choice-operation", "functions", "pins", "sample", "sample-download", "samples", "samples-capture",
    "samples-history", "cases", "case", "shadow-report", "builder-draft", "builder-changes", "mapper-choices",
    "mapper-tables",
}  # fmt: skip
"""Fragments, files, redirects and what scripts read."""
READ = sorted(name for name, route in PAGES.items() if route.post is None and name not in NO_PAGES)
MOST_QUERIES = 34


class Outline(HTMLParser):
    """What a screen reader makes of a page: headings, labels, and the fields that have none."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[dict[str, str]] = []
        self.inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(tag)
        elif tag == "label":
            self.labels.add(given.get("for", ""))
        elif tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "submit"):
            self.fields.append(given)

    @property
    def unnamed(self) -> list[dict[str, str]]:
        return [
            field
            for field in self.fields
            if field.get("id") not in self.labels and not field.keys() & {"aria-label", "aria-labelledby"}
        ]


def open_page(client: Client, as_role: Any, url: str, **more: Any) -> Any:
    with as_role("web"):
        return client.get(url, **more)


def send(client: Client, as_role: Any, url: str, data: dict[str, Any], **more: Any) -> Any:
    with as_role("web"):
        return client.post(url, data, **more)


def url_of(name: str, mine: World) -> str:
    return PAGES[name].url(name, mine.ids)


@pytest.mark.parametrize("name", [name for name in READ if name not in ("usage-line", "flow-export")])
def test_a_page_has_one_heading_and_names_its_fields(name: str, as_role: Any) -> None:
    mine = world.make()
    page = open_page(world.seat(mine.tenant), as_role, url_of(name, mine))
    seen = Outline(page.text)
    assert page.status_code == 200
    assert seen.headings.count("h1") == 1
    assert seen.unnamed == []
    assert len(seen.ids) == len(set(seen.ids))
    assert page.text.count("<main") == 1


@pytest.mark.parametrize("name", [name for name in READ if not PAGES[name].args and not PAGES[name].query])
def test_an_empty_tenant_is_told_what_to_do(name: str, as_role: Any) -> None:
    page = open_page(world.seat(factories.tenant()), as_role, reverse(f"web:{name}"))
    assert page.status_code == 200
    assert Outline(page.text).headings.count("h1") == 1


@pytest.mark.parametrize("name", [name for name in READ if name != "usage-line"])
def test_a_page_asks_a_bounded_number_of_times(name: str, as_role: Any) -> None:
    mine = world.make()
    for _ in range(3):
        world.rows.run(mine.flow, State.DEAD, error_step="level")
        world.rows.batch(mine.flow)
        world.rows.alert(mine.flow, code=f"remote.{_}")
    client = world.seat(mine.tenant)
    with as_role("web"), CaptureQueriesContext(connection) as asked:
        client.get(url_of(name, mine))
    reads = [
        q
        for q in asked.captured_queries
        if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "SELECT set_config"))
    ]
    assert len(reads) <= MOST_QUERIES


LISTS: dict[str, Callable[[World], object]] = {
    "flows": lambda mine: world.services.create_flow(by=mine.owner, name="One more"),
    "runs": lambda mine: world.rows.run(mine.flow),
    "dead-letters": lambda mine: world.rows.run(mine.flow, error_step="level"),
    "dead-letter-messages": lambda mine: world.rows.run(mine.flow),
    "batches": lambda mine: world.rows.batch(mine.flow),
    "alerts": lambda mine: world.rows.alert(mine.flow, code=f"remote.{uuid4().hex}"),
}


@pytest.mark.parametrize("name", LISTS)
def test_more_rows_take_no_more_queries(name: str, as_role: Any) -> None:
    mine = world.make()
    client = world.seat(mine.tenant)
    counts = []
    for _ in range(2):
        open_page(client, as_role, url_of(name, mine))
        with as_role("web"), CaptureQueriesContext(connection) as asked:
            client.get(url_of(name, mine))
        counts.append(len(asked))
        LISTS[name](mine)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["flows", "runs", "dead-letters", "batches", "alerts", "replays", "home"])
def test_htmx_gets_the_part_that_it_refreshes(name: str, as_role: Any) -> None:
    mine = world.make()
    part = open_page(world.seat(mine.tenant), as_role, url_of(name, mine), headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "<h1" not in part.text


@pytest.mark.parametrize("name", ["runs", "flows", "audit", "batches", "dead-letter-messages", "api-keys"])
@pytest.mark.parametrize("cursor", ["-1", "x", "0' OR 1=1"])
def test_a_cursor_that_is_none_is_refused(name: str, cursor: str, as_role: Any) -> None:
    client = world.seat(factories.tenant())
    assert open_page(client, as_role, f"{reverse(f'web:{name}')}?after={cursor}").status_code == 400


def test_runs_page_by_key(as_role: Any) -> None:
    mine = world.make()
    for _ in range(55):
        rows.run(mine.flow, State.SUCCEEDED)
    client = world.seat(mine.tenant)
    first = open_page(client, as_role, "/runs/")
    older = re.search(r'rel="next" href="(\?after=[0-9a-f-]{36})"', first.text)
    assert older
    second = open_page(client, as_role, f"/runs/{older[1]}")
    ids = [set(re.findall(r'href="/runs/([0-9a-f-]{36})/"', page.text)) for page in (first, second)]
    assert len(ids[0]) == 50
    assert not ids[0] & ids[1]


def test_runs_are_filtered_by_what_the_address_says(as_role: Any) -> None:
    mine = world.make()
    client = world.seat(mine.tenant)
    page = open_page(client, as_role, f"/runs/?state=dead&flow={mine.flow.id}")
    assert str(mine.dead.id) in page.text
    assert str(mine.ids["waiting"]) not in page.text
    assert open_page(client, as_role, "/runs/?state=nonsense").status_code == 400


def test_a_payload_is_masked_until_a_reason_is_given(as_role: Any) -> None:
    mine = world.make()
    client, shown = world.seat(mine.tenant, "builder"), f"/runs/{mine.dead.id}/documents/input/"
    masked = open_page(client, as_role, shown)
    assert rows.SECRET not in masked.text
    refused = send(client, as_role, url_of("run-reveal", mine), {"what": "input", "reason": "short"})
    assert refused.status_code == 400
    plain = send(client, as_role, url_of("run-reveal", mine), {"what": "input", "reason": REASON})
    assert rows.SECRET in plain.text
    assert plain["Cache-Control"] == "no-store"
    assert plain["Refresh"].startswith("300;")
    assert AuditEvent.objects.filter(action="run.revealed", facts__reason=REASON).count() == 1


def test_a_viewer_sees_no_act(as_role: Any) -> None:
    mine = world.make()
    client = world.seat(mine.tenant, "viewer")
    for name in ("flow", "connection", "run", "dead-letters", "alerts", "members"):
        page = (
            open_page(client, as_role, url_of(name, mine)).text.partition("<main")[2].partition("</main>")[0]
        )
        assert 'method="post"' not in page, name


def test_a_file_becomes_a_draft(as_role: Any) -> None:
    tenant = factories.tenant()
    client = world.seat(tenant, "builder")
    file = SimpleUploadedFile("order.yaml", demo.flow_text("cross-border-order").encode())
    got = send(client, as_role, "/flows/import/", {"file": file}, follow=True)
    assert "problems keep the draft from being published" in got.text
    assert "There is no connection “Leather shop”." in got.text.replace("&quot;", '"')


def test_a_file_that_is_none_says_the_line(as_role: Any) -> None:
    client = world.seat(factories.tenant(), "builder")
    got = send(client, as_role, "/flows/import/", {"text": "name: x\nsteps:\n  - kind: map\n"})
    assert got.status_code == 422
    assert "line 3" in got.text
    assert 'role="alert"' in got.text


def test_publishing_and_going_back(as_role: Any) -> None:
    mine = world.make()
    client = world.seat(mine.tenant, "builder")
    with as_role("web"):
        client.delete(url_of("case", mine))  # made of another draft, it would keep this one back
    text = demo.flow_text("stock-file").replace("A possible number?", "Can that be?")
    send(client, as_role, "/flows/import/", {"text": text})
    send(client, as_role, url_of("flow-publish", mine), {"comment": "Clearer"})
    assert queries.version(mine.owner, mine.flow.id, 2).comment == "Clearer"
    send(client, as_role, url_of("flow-rollback", mine), {"number": "1", "comment": ""})
    assert queries.version(mine.owner, mine.flow.id, 3).comment == "Version 1 again"


def test_a_flow_goes_out_as_the_file_it_came_in_by(as_role: Any) -> None:
    mine = world.make()
    got = open_page(world.seat(mine.tenant, "viewer"), as_role, url_of("flow-export", mine))
    assert got["Content-Type"].startswith("application/yaml")
    assert "slug: stock-file" in got.text
    assert 'filename="stock-file.yaml"' in got["Content-Disposition"]


def test_a_secret_never_comes_back(as_role: Any) -> None:
    mine = world.make()
    client = world.seat(mine.tenant)
    typed = {"name": "", "mode": "live", "config_shop": "x", "secret_access_token": "shpat_typed"}
    again = send(client, as_role, "/connections/catalogue/shopify/new/", typed)
    assert again.status_code == 422
    assert "shpat_typed" not in again.text
    assert (
        send(client, as_role, "/connections/catalogue/shopify/new/", typed | {"name": "Shop"}).status_code
        == 302
    )


def test_a_connection_form_is_made_from_the_manifest(as_role: Any) -> None:
    page = open_page(world.seat(factories.tenant()), as_role, "/connections/catalogue/shopify/new/")
    assert "Shop name" in page.text
    assert "Admin API access token" in page.text
    assert 'type="password"' in page.text


def test_wrong_settings_stand_at_their_field(as_role: Any) -> None:
    data = {"name": "Shop", "mode": "twin", "config_shop": "not a label!"}
    got = send(world.seat(factories.tenant()), as_role, "/connections/catalogue/shopify/new/", data)
    assert 'id="id_config_shop_error"' in got.text


def test_what_is_delicate_asks_who_it_is(as_role: Any) -> None:
    mine = world.make()
    client = world.seat(mine.tenant, is_fresh=False)
    got = send(client, as_role, url_of("api-key-revoke", mine), {})
    assert got["Location"].startswith("/accounts/reauthenticate/?next=%2Fapi-keys%2F")
    assert not AuditEvent.objects.filter(action="api_key.revoked").exists()


def test_an_api_key_is_shown_once(as_role: Any) -> None:
    client = world.seat(factories.tenant())
    made = send(client, as_role, "/api-keys/new/", {"name": "ci", "days": "30", "scopes": ["ingress.send"]})
    key = re.search(r"7m_live_\w+", made.text)
    assert key
    assert key[0] not in open_page(client, as_role, "/api-keys/").text


def test_a_person_joins_by_an_invitation(as_role: Any) -> None:
    tenant, guest = factories.tenant("Joined Leather"), factories.user("guest@example.test")
    made = send(world.seat(tenant), as_role, "/members/invite/", {"email": guest.email, "role": "viewer"})
    path = re.search(r"/invitations/[\w-]+/", made.text)
    assert path
    client = Client()
    client.force_login(guest)
    welcome = send(client, as_role, path[0], {}, follow=True)
    assert "Joined Leather" in welcome.text


def test_a_dead_letter_is_replayed_after_a_dry_run(as_role: Any) -> None:
    mine = world.make()
    Run.objects.filter(id=mine.dead.id).update(replay_id=None)
    client, url = world.seat(mine.tenant, "builder"), f"/replays/new/?ids={mine.dead.id}"
    assert "Replay 1 message" in open_page(client, as_role, url).text
    got = send(client, as_role, url, {"start": "first", "version": "current", "pace": "20"}, follow=True)
    assert "from the start" in got.text
    assert "20 a second" in got.text


def test_causes_lead_to_their_messages(as_role: Any) -> None:
    mine = world.make()
    client = world.seat(mine.tenant)
    page = open_page(client, as_role, "/dead-letters/")
    query = re.search(r'href="/dead-letters/messages/\?([^"]+)"', page.text.split("x-causes")[1])
    assert query
    messages = open_page(client, as_role, "/dead-letters/messages/?" + query[1].replace("&amp;", "&"))
    assert str(mine.dead.id) in messages.text


def test_a_file_is_uploaded_sealed(as_role: Any) -> None:
    mine = world.make()
    client = world.seat(mine.tenant, "builder")
    file = SimpleUploadedFile("stock.txt", demo.stock_file(3))
    got = send(client, as_role, "/batches/new/", {"flow": str(mine.flow.id), "file": file}, follow=True)
    assert "stock.txt" in got.text
    newest = batches.batches(mine.owner).rows[0]
    assert (newest.name, newest.state, newest.size_bytes) == (
        "stock.txt",
        "received",
        len(demo.stock_file(3)),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM engine_batchchunk WHERE batch_id = %s", [newest.id])
        bodies = [bytes(row[0]) for row in cursor.fetchall()]
    assert len(bodies) == 1
    assert bodies[0].startswith(b"7M")


def test_an_empty_file_is_refused(as_role: Any) -> None:
    mine = world.make()
    file = SimpleUploadedFile("stock.txt", b"")
    got = send(world.seat(mine.tenant), as_role, "/batches/new/", {"flow": str(mine.flow.id), "file": file})
    assert got.status_code == 422


def test_the_side_bar_counts_what_waits_for_a_person(as_role: Any) -> None:
    mine = world.make()
    part = open_page(world.seat(mine.tenant), as_role, "/badges/")
    assert re.search(r'id="x-badge-dead" hx-swap-oob="true">2<', part.text)
    assert re.search(r'id="x-badge-alerts" hx-swap-oob="true">1<', part.text)


def test_the_chain_is_verified_on_the_page(as_role: Any) -> None:
    mine = world.make()
    got = send(world.seat(mine.tenant), as_role, "/audit/verify/", {}, headers={"HX-Request": "true"})
    assert "nothing was touched" in got.text


def test_status_is_public_plain_and_cacheable(as_role: Any) -> None:
    page = open_page(Client(), as_role, "/status")
    assert page["Cache-Control"] == "public, max-age=30"
    assert "<script" not in page.text
    assert "Set-Cookie" not in page.headers
    assert "How we measure" in page.text
    assert open_page(Client(), as_role, "/status.json?window=7d").json()["window"] == "7d"
    assert open_page(Client(), as_role, "/status.csv").text.startswith("window,connector,title,operation")


def test_an_act_by_htmx_answers_with_a_toast(as_role: Any) -> None:
    mine = world.make()
    got = send(world.seat(mine.tenant), as_role, url_of("flow-switch", mine), {"enabled": "0"},
               headers={"HX-Request": "true"})  # fmt: skip
    assert got.status_code == 204
    assert "x-changed" in got["HX-Trigger"]
