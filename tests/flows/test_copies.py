"""Flows made again: beside themselves, in another environment, from a file that names what is not here."""

import pytest

from integrations.connectors import queries as connectors
from integrations.errors import AccessError, ConflictError, FlowError
from integrations.flows import queries, services
from integrations.flows.inventory import Stead, lacks
from integrations.flows.models import Flow
from integrations.flows.references import Kind, Reference, references, renamed
from integrations.flows.snapshots import from_json
from integrations.partners.services import save_partner, save_table
from integrations.tenants.models import AuditEvent
from tests import factories
from tests.engine.world import definition, webhook
from tests.web.world import connect

pytestmark = pytest.mark.django_db


def looked_up(table):
    rule = {"to": "unit", "op": ["lookup", table, ["get", "order", "body", "unit"]]}
    return {"version": 1, "rules": [rule]}


def steps(connection="Leather shop", partner="harbor", table="units"):
    return [
        webhook(),
        {"key": "shape", "kind": "map", "config": {"plan": looked_up(table), "partner": partner}},
        {
            "key": "store",
            "kind": "call",
            "config": {"connector": "shopify", "operation": "set_inventory", "connection": connection},
        },
    ]


@pytest.fixture
def here():
    by = factories.member(factories.tenant("Test").id)
    connect(by)
    save_partner(by=by, key="harbor", name="Harbor Stores", profile={})
    save_table(by=by, key="units", title="Units", rows={})
    return by


@pytest.fixture
def there():
    return factories.member(factories.tenant("Real").id)


def made(by, **names):
    return services.create_flow(by=by, name="Stock", slug="stock", definition=definition(*steps(**names)))


def drafts(by):
    return list(Flow.objects.filter(tenant_id=by.tenant_id).order_by("id"))


def named(flow):
    return [(one.kind, one.name) for one in references(from_json(flow.draft))]


def deeds(by, like):
    found = AuditEvent.objects.filter(tenant_id=by.tenant_id, action=like)
    return list(found.values_list("facts", flat=True))


ALL = [
    Stead(Kind.CONNECTION, "Leather shop", make_twin=True),
    Stead(Kind.PARTNER, "harbor", "quay"),
    Stead(Kind.TABLE, "units", "measures"),
]


def furnish(by):
    save_partner(by=by, key="quay", name="Quay", profile={})
    save_table(by=by, key="measures", title="Measures", rows={})


def test_everything_that_belongs_to_a_tenant_is_found_with_its_steps():
    assert references(from_json(definition(*steps()))) == [
        Reference(Kind.CONNECTION, "Leather shop", "shopify", ("store",)),
        Reference(Kind.PARTNER, "harbor", "", ("shape",)),
        Reference(Kind.TABLE, "units", "", ("shape",)),
    ]


def test_other_names_stand_in_settings_and_in_rules():
    flow = from_json(definition(*steps()))
    names = {
        (Kind.CONNECTION, "Leather shop"): "A",
        (Kind.PARTNER, "harbor"): "b",
        (Kind.TABLE, "units"): "c",
    }
    assert renamed(flow, names) == from_json(definition(*steps("A", "b", "c")))
    assert renamed(flow, {}) == flow


def test_a_copy_lands_as_a_draft_with_other_names_and_a_note_and_both_tenants_know(here, there):
    flow = made(here)
    furnish(there)
    copy = services.copy_flow(by=here, flow_id=flow.id, into=there, steads=ALL)
    assert (copy.tenant_id, copy.slug, copy.enabled, copy.current_version_id) == (
        there.tenant_id, "stock", False, None
    )  # fmt: skip
    assert named(copy) == [
        (Kind.CONNECTION, "Leather shop"), (Kind.PARTNER, "quay"), (Kind.TABLE, "measures")
    ]  # fmt: skip
    (note,) = copy.draft["notes"]
    assert note["text"] == "Copied from “Stock” of Test, the draft."
    (twin,) = connectors.connections(there)
    assert (twin.name, twin.connector, twin.mode) == ("Leather shop", "shopify", "twin")
    assert deeds(here, "flow.copied_out")[0]["tenant"] == str(there.tenant_id)
    assert deeds(there, "flow.copied_in")[0]["source"] == str(flow.id)


def test_a_connection_that_is_named_by_its_number_is_found_by_its_name_there(here, there):
    (row,) = connectors.connections(here)
    flow = made(here, connection=str(row.id))
    connect(there, "Leather shop")
    copy = services.copy_flow(by=here, flow_id=flow.id, into=there)
    assert named(copy)[0] == (Kind.CONNECTION, "Leather shop")


def test_a_second_copy_replaces_the_draft_or_becomes_another_flow(here, there):
    flow = made(here)
    first = services.copy_flow(by=here, flow_id=flow.id, into=there)
    services.save_draft(by=here, flow_id=flow.id, definition=definition(webhook()), revision=1)
    again = services.copy_flow(by=here, flow_id=flow.id, into=there)
    assert (again.id, len(again.draft["steps"]), len(again.draft["notes"])) == (first.id, 1, 1)
    beside = services.copy_flow(by=here, flow_id=flow.id, into=there, replace_draft=False)
    assert [one.slug for one in drafts(there)] == ["stock", beside.slug]


def test_who_may_not_edit_there_copies_nothing(here, there):
    flow = made(here)
    viewer = factories.member(there.tenant_id, role="viewer")
    with pytest.raises(AccessError):
        services.copy_flow(by=here, flow_id=flow.id, into=viewer)
    with pytest.raises(ConflictError) as same:
        services.copy_flow(by=here, flow_id=flow.id, into=here)
    assert same.value.code == "flow.same_tenant"
    assert (drafts(there), deeds(here, "flow.copied_out")) == ([], [])


@pytest.mark.parametrize(
    ("stead", "code"),
    [
        (Stead(Kind.PARTNER, "harbor", "nobody"), "flow.no_stead"),
        (Stead(Kind.PARTNER, "other", "quay"), "flow.not_named"),
        (Stead(Kind.PARTNER, "harbor", make_twin=True), "flow.no_twin"),
    ],
)
def test_a_choice_that_there_is_not_is_refused_and_nothing_lands(here, there, stead, code):
    flow = made(here)
    furnish(there)
    with pytest.raises(FlowError) as refused:
        services.copy_flow(by=here, flow_id=flow.id, into=there, steads=[stead])
    assert (refused.value.code, drafts(there)) == (code, [])


def test_what_is_missing_comes_with_what_may_take_its_place(here, there):
    furnish(there)
    connect(there, "Other shop")
    connect(there, "Desk", "airwallex")
    found = lacks(there, references(from_json(definition(*steps()))))
    assert [(lack.reference.name, [one.name for one in lack.choices], lack.has_twin) for lack in found] == [
        ("Leather shop", ["Other shop"], True),
        ("harbor", ["quay"], False),
        ("units", ["measures"], False),
    ]
    assert lacks(here, references(from_json(definition(*steps())))) == []


def test_a_duplicate_is_a_draft_of_its_own(here):
    flow = made(here)
    copy = services.duplicate_flow(by=here, flow_id=flow.id)
    assert (copy.name, copy.slug, copy.draft, copy.enabled) == (
        "Stock (copy)",
        "stock-copy",
        flow.draft,
        False,
    )
    assert len(deeds(here, "flow.duplicated")) == 1


def test_a_flow_that_is_off_is_put_away_and_taken_out_again(here):
    flow = made(here)
    services.archive_flow(by=here, flow_id=flow.id)
    assert (queries.flows(here), [one.id for one in queries.flows(here, archived=True)]) == ([], [flow.id])
    with pytest.raises(ConflictError) as refused:
        services.publish(by=here, flow_id=flow.id)
    assert refused.value.code == "flow.archived"
    services.restore_flow(by=here, flow_id=flow.id)
    assert [one.id for one in queries.flows(here)] == [flow.id]
    assert (len(deeds(here, "flow.archived")), len(deeds(here, "flow.restored"))) == (1, 1)


def test_a_flow_that_is_on_is_not_put_away(here):
    flow = services.create_flow(by=here, name="On", definition=definition(webhook()))
    services.publish(by=here, flow_id=flow.id)
    with pytest.raises(ConflictError) as refused:
        services.archive_flow(by=here, flow_id=flow.id)
    assert refused.value.code == "flow.is_on"
