"""The pages that bring a flow in from a file and to another environment."""

import pytest
from django.urls import reverse

from integrations.connectors import queries as connectors
from integrations.flows import queries, services
from integrations.flows.models import Flow
from integrations.tenants.models import Member
from tests import factories
from tests.web import world

pytestmark = pytest.mark.django_db

FILE = """\
name: Stock
slug: stock
steps:
  - {key: order, kind: webhook_trigger, next: store}
  - key: store
    kind: call
    config: {connector: airwallex, operation: create_quote, connection: Currency desk}
"""


@pytest.fixture
def mine():
    return world.make()


def post(client, page, args, as_role, **said):
    with as_role("web"):
        return client.post(reverse(f"web:{page}", args=args), said, follow=True)


def test_a_file_is_shown_before_it_is_saved(mine, as_role):
    client = world.seat(mine.tenant)
    text = post(client, "flow-import", [], as_role, text=FILE, do="look").text
    assert "The file makes a new flow: Stock" in text
    assert "Connection “Currency desk”" in text
    assert '<option value="twin" selected>A new connection to its twin</option>' in text
    assert not Flow.objects.filter(slug="stock").exists()


def test_what_was_chosen_stands_in_the_draft(mine, as_role):
    client = world.seat(mine.tenant)
    got = post(client, "flow-import", [], as_role, text=FILE, stead="1", stead_0="twin")
    assert "The draft of Stock is what the file says." in got.text
    assert "Currency desk" in [row.name for row in connectors.connections(mine.owner)]


def test_a_file_for_a_flow_that_is_here_shows_what_it_changes_in_the_draft(mine, as_role):
    client = world.seat(mine.tenant)
    services.import_flow(by=mine.owner, text=FILE)
    changed = FILE.replace("create_quote", "create_payout").replace("Currency desk", "Leather shop")
    text = post(client, "flow-import", [], as_role, text=changed, do="look").text
    assert "What the file changes in the draft of Stock" in text
    assert ">Leather shop<" in text
    assert queries.flow_by_slug(mine.owner, "stock").draft_revision == 1


def test_a_bad_file_is_told_with_its_line(mine, as_role):
    got = post(world.seat(mine.tenant), "flow-import", [], as_role, text="name: [", do="look")
    assert (got.status_code, "line" in got.text) == (422, True)


@pytest.fixture
def two(mine):
    """A person who sits in both tenants, and the same in the second one."""
    person = factories.user()
    Member.objects.create(tenant=mine.tenant, user=person, role="builder")
    other = factories.tenant("Real work", owner=person)
    return world.client_of(person, mine.tenant), factories.member(other.pk, person_id=person.pk)


def test_a_version_is_copied_to_another_environment(mine, two, as_role):
    client, there = two
    args = [mine.flow.id]
    with as_role("web"):
        first = client.get(reverse("web:flow-copy", args=args), {"version": "1"}).text
        looked = client.get(
            reverse("web:flow-copy", args=args), {"version": "1", "into": str(there.tenant_id)}
        ).text
    assert "Copy version 1 to another environment" in first
    assert "What Real work does not have" in looked
    got = post(client, "flow-copy", args, as_role, version="1", into=str(there.tenant_id), stead_0="twin")
    assert "is a draft in Real work now." in got.text
    (copy,) = queries.flows(there)
    assert copy.slug == mine.flow.slug


def test_a_tenant_without_a_seat_is_not_there(mine, as_role):
    foreign = factories.tenant("Foreign")
    got = post(world.seat(mine.tenant), "flow-copy", [mine.flow.id], as_role, into=str(foreign.id))
    assert got.status_code == 404
    assert not Flow.objects.filter(tenant_id=foreign.id).exists()


def test_a_person_of_one_tenant_is_told_what_an_environment_is(mine, as_role):
    client = world.seat(mine.tenant)
    with as_role("web"):
        got = client.get(reverse("web:flow-copy", args=[mine.flow.id]))
    assert "You may edit flows in no other tenant." in got.text


def test_archived_flows_have_their_own_list(mine, as_role):
    client = world.seat(mine.tenant)
    flow = services.create_flow(by=mine.owner, name="Old orders")
    post(client, "flow-archive", [flow.id], as_role, archived="1")
    with as_role("web"):
        listed = client.get(reverse("web:flows")).text
        archive = client.get(reverse("web:flows"), {"archived": "1"}).text
    assert ("Old orders" in listed, "Old orders" in archive) == (False, True)
