from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from integrations.errors import AccessError, ConfigError, ConflictError, FlowError
from integrations.flows import queries, services
from integrations.flows.models import Flow, Hook, Version
from integrations.flows.services.hooks import live_secrets
from integrations.partners.services import save_table
from integrations.tenants.access import Actor, ActorKind
from integrations.tenants.binding import bind
from integrations.tenants.models import AuditEvent
from tests import factories
from tests.flows.build import definition

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> Actor:
    return factories.member(factories.tenant().id)


def made(by: Actor, **config) -> Flow:
    return services.create_flow(by=by, name="Orders from the shop", definition=definition(**config))


def published(by: Actor) -> Flow:
    flow = made(by)
    services.publish(by=by, flow_id=flow.id)
    return queries.flow(by, flow.id)


def deeds(by: Actor) -> list[str]:
    return list(
        AuditEvent.objects.filter(tenant_id=by.tenant_id, action__startswith="flow").values_list(
            "action", flat=True
        )
    )


def test_a_new_flow_runs_nothing(by: Actor) -> None:
    flow = made(by)
    assert (flow.slug, flow.enabled, flow.current_version_id, flow.draft_revision) == (
        "orders-from-the-shop", False, None, 1,
    )  # fmt: skip
    assert made(by).slug == "orders-from-the-shop-2"
    assert deeds(by) == ["flow.created", "flow.created"]


def test_a_given_short_name_is_taken_once(by: Actor) -> None:
    services.create_flow(by=by, name="A", slug="orders")
    with pytest.raises(ConflictError) as taken:
        services.create_flow(by=by, name="B", slug="orders")
    assert taken.value.code == "flow.slug_taken"
    other = factories.member(factories.tenant().id)
    assert services.create_flow(by=other, name="B", slug="orders").slug == "orders"


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "a\x00b"])
def test_a_flow_has_a_name(by: Actor, name: str) -> None:
    with pytest.raises(FlowError):
        services.create_flow(by=by, name=name)


def test_a_draft_is_saved_over_the_revision_it_came_from(by: Actor) -> None:
    flow = made(by)
    saved = services.save_draft(by=by, flow_id=flow.id, definition=definition(method="PUT"), revision=1)
    assert (saved.draft_revision, saved.draft["steps"][1]["config"]["method"]) == (2, "PUT")
    with pytest.raises(ConflictError) as late:
        services.save_draft(by=by, flow_id=flow.id, definition=definition(), revision=1)
    assert late.value.code == "flow.draft_changed"
    assert queries.flow(by, flow.id).draft["steps"][1]["config"]["method"] == "PUT"


def test_a_draft_may_be_incomplete_but_not_malformed(by: Actor) -> None:
    flow = made(by)
    half = {"steps": [{"key": "a", "kind": "call"}]}
    assert services.save_draft(by=by, flow_id=flow.id, definition=half, revision=1).draft_revision == 2
    with pytest.raises(FlowError) as refused:
        services.save_draft(by=by, flow_id=flow.id, definition={"steps": [{"key": "a\x00"}]}, revision=2)
    assert refused.value.code == "flow.malformed"


def test_numbers_in_a_definition_stay_exact(by: Actor) -> None:
    flow = made(by, value=["lit", {"n": 12345678901234567, "d": 0.1}])
    assert queries.flow(by, flow.id).draft["steps"][1]["config"]["value"][1]["n"] == 12345678901234567
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT draft #>> '{steps,1,config,value,1,d}' FROM flows_flow WHERE id = %s", [flow.id]
        )
        assert cursor.fetchone() == ("0.1",)


def test_publishing_makes_a_numbered_version_and_an_address(by: Actor) -> None:
    flow = published(by)
    version = flow.current_version
    assert version is not None
    assert (version.number, version.trigger, version.author_id, flow.enabled) == (
        1,
        "webhook_trigger",
        by.id,
        True,
    )
    (hook,) = queries.hooks(by, flow.id)
    assert (hook.step_key, hook.enabled, len(hook.token) >= 32) == ("order", True, True)
    assert deeds(by) == ["flow.created", "flow.published"]


def test_a_second_version_says_what_changed(by: Actor) -> None:
    flow = published(by)
    services.save_draft(by=by, flow_id=flow.id, definition=definition(method="PUT"), revision=1)
    version = services.publish(by=by, flow_id=flow.id, comment=" Use  PUT ")
    assert (version.number, version.comment) == (2, "Use PUT")
    assert version.changes == ["“send”: method set to “PUT”."]
    assert len(queries.hooks(by, flow.id)) == 1
    assert [found.number for found in queries.versions(by, flow.id)] == [2, 1]


def test_publishing_the_same_again_is_refused(by: Actor) -> None:
    flow = published(by)
    with pytest.raises(ConflictError) as refused:
        services.publish(by=by, flow_id=flow.id)
    assert refused.value.code == "flow.unchanged"


def test_a_flow_with_problems_is_not_published(by: Actor) -> None:
    flow = made(by, url="gopher://x", method="FETCH")
    with pytest.raises(FlowError) as refused:
        services.publish(by=by, flow_id=flow.id)
    assert refused.value.code == "flow.not_valid"
    assert [problem.place for problem in refused.value.problems] == ["steps.send.config.method"]
    assert not Version.objects.filter(flow_id=flow.id).exists()
    assert not Hook.objects.filter(flow_id=flow.id).exists()


def test_a_plan_whose_test_fails_is_not_published(by: Actor) -> None:
    save_table(by=by, key="units", title="Units", rows={"EA": "C62"})
    case = {"name": "pieces", "input": {"order": {"body": "EA"}}, "expected": {"b": "PCE"}}
    rules = [{"to": "b", "op": ["lookup", "units", ["get", "order", "body"]]}]
    draft = definition()
    step = {"key": "made", "kind": "map", "config": {"plan": {"version": 1, "rules": rules, "tests": [case]}}}
    edges = [*draft["edges"], {"source": "send", "port": "next", "target": "made"}]
    whole = {**draft, "steps": [*draft["steps"], step], "edges": edges}
    flow = services.create_flow(by=by, name="Units", definition=whole)
    with pytest.raises(FlowError) as refused:
        services.publish(by=by, flow_id=flow.id)
    assert [(one.code, one.place) for one in refused.value.problems] == [
        ("mapping.test_failed", "steps.made.config.plan.tests[0]")
    ]
    case["expected"] = {"b": "C62"}
    flow = services.save_draft(by=by, flow_id=flow.id, definition=whole, revision=flow.draft_revision)
    assert services.publish(by=by, flow_id=flow.id).number == 1


def test_rolling_back_publishes_the_old_version_again(by: Actor) -> None:
    flow = published(by)
    services.save_draft(by=by, flow_id=flow.id, definition=definition(method="PUT"), revision=1)
    services.publish(by=by, flow_id=flow.id)
    version = services.rollback(by=by, flow_id=flow.id, number=1)
    first = queries.version(by, flow.id, 1)
    assert (version.number, version.checksum, version.comment) == (3, first.checksum, "Version 1 again")
    assert queries.flow(by, flow.id).draft["steps"][1]["config"]["method"] == "PUT"
    with pytest.raises(FlowError):
        services.rollback(by=by, flow_id=flow.id, number=9)


def test_an_address_survives_a_renamed_trigger(by: Actor) -> None:
    flow = published(by)
    token = queries.hooks(by, flow.id)[0].token
    renamed = definition()
    renamed["steps"][0]["key"] = renamed["edges"][0]["source"] = "incoming"
    services.save_draft(by=by, flow_id=flow.id, definition=renamed, revision=1)
    services.publish(by=by, flow_id=flow.id)
    assert [(hook.token, hook.step_key) for hook in queries.hooks(by, flow.id)] == [(token, "incoming")]


def test_only_a_published_flow_is_switched_on(by: Actor) -> None:
    with pytest.raises(ConflictError):
        services.set_enabled(by=by, flow_id=made(by).id, enabled=True)
    flow = published(by)
    assert not services.set_enabled(by=by, flow_id=flow.id, enabled=False).enabled
    assert services.set_enabled(by=by, flow_id=flow.id, enabled=True).enabled


def looked_up(token: str) -> tuple[object, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT flow_id, version_id, step_key, live FROM flows_hook_lookup(%s)", [token])
        found: tuple[object, ...] | None = cursor.fetchone()
    return found


@pytest.mark.parametrize("role", ["web", "engine"])
def test_a_hook_is_found_by_its_exact_token_before_the_tenant_is_known(by: Actor, as_role, role: str) -> None:
    flow = published(by)
    token = queries.hooks(by, flow.id)[0].token
    with as_role(role):
        assert looked_up(token) == (flow.id, flow.current_version_id, "order", True)
        assert looked_up(token[:-1]) is None


def test_a_closed_hook_or_flow_is_not_live(by: Actor) -> None:
    flow = published(by)
    hook = queries.hooks(by, flow.id)[0]
    services.set_hook_enabled(by=by, hook_id=hook.id, enabled=False)
    assert looked_up(hook.token)[-1] is False
    services.set_hook_enabled(by=by, hook_id=hook.id, enabled=True)
    services.set_enabled(by=by, flow_id=flow.id, enabled=False)
    assert looked_up(hook.token)[-1] is False


def test_a_signing_secret_is_stored_sealed_and_two_may_live(by: Actor) -> None:
    hook = services.create_hook(by=by, flow_id=made(by).id, secret=b"first secret")
    assert hook.verifier is not None
    assert b"secret" not in bytes(hook.verifier)
    hook = services.set_verifier(by=by, hook_id=hook.id, secret=b"second secret", keep_previous=True)
    with bind(by.tenant_id):
        assert live_secrets(hook) == [b"second secret", b"first secret"]
    assert services.set_verifier(by=by, hook_id=hook.id, secret=None).verifier is None
    with pytest.raises(ConfigError):
        services.set_verifier(by=by, hook_id=hook.id, secret=b"short")


def test_a_flow_without_trigger_has_no_address(by: Actor) -> None:
    with pytest.raises(FlowError) as refused:
        services.create_hook(by=by, flow_id=services.create_flow(by=by, name="Empty").id)
    assert refused.value.code == "hook.no_trigger"


def test_scheduled_flows_are_listed_for_the_engine(by: Actor, as_role) -> None:
    timed = definition()
    timed["steps"][0] = {"key": "order", "kind": "schedule_trigger", "config": {"every_minutes": 5}}
    flow = services.create_flow(by=by, name="Timed", definition=timed)
    version = services.publish(by=by, flow_id=flow.id)
    published(by)
    with as_role("engine"), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM flows_scheduled()")
        assert (by.tenant_id, flow.id, version.id) in cursor.fetchall()
    assert queries.hooks(by, flow.id) == []


# Who may do what


@pytest.mark.parametrize(
    "act",
    [
        lambda by, flow: services.create_flow(by=by, name="x"),
        lambda by, flow: services.save_draft(by=by, flow_id=flow, definition=definition(), revision=1),
        lambda by, flow: services.rename_flow(by=by, flow_id=flow, name="x"),
        lambda by, flow: services.import_flow(by=by, text="name: x\n"),
        lambda by, flow: services.publish(by=by, flow_id=flow),
        lambda by, flow: services.rollback(by=by, flow_id=flow, number=1),
        lambda by, flow: services.set_enabled(by=by, flow_id=flow, enabled=False),
        lambda by, flow: services.create_hook(by=by, flow_id=flow),
        queries.hooks,
    ],
)
def test_a_viewer_changes_nothing(by: Actor, act) -> None:
    flow = published(by)
    viewer = factories.member(by.tenant_id, "viewer")
    with pytest.raises(AccessError):
        act(viewer, flow.id)
    assert queries.flow(viewer, flow.id).id == flow.id


@pytest.mark.parametrize(
    "act",
    [
        lambda by, flow, hook: services.save_draft(by=by, flow_id=flow, definition=definition(), revision=1),
        lambda by, flow, hook: services.rename_flow(by=by, flow_id=flow, name="x"),
        lambda by, flow, hook: services.publish(by=by, flow_id=flow),
        lambda by, flow, hook: services.rollback(by=by, flow_id=flow, number=1),
        lambda by, flow, hook: services.set_enabled(by=by, flow_id=flow, enabled=False),
        lambda by, flow, hook: services.create_hook(by=by, flow_id=flow),
        lambda by, flow, hook: services.set_verifier(by=by, hook_id=hook, secret=b"12345678"),
        lambda by, flow, hook: services.set_hook_enabled(by=by, hook_id=hook, enabled=False),
        lambda by, flow, hook: queries.flow(by, flow),
        lambda by, flow, hook: queries.flow_by_slug(by, "orders-from-the-shop"),
        lambda by, flow, hook: queries.versions(by, flow),
        lambda by, flow, hook: queries.version(by, flow, 1),
        lambda by, flow, hook: queries.hooks(by, flow),
        lambda by, flow, hook: queries.draft_state(by, flow),
    ],
)
def test_a_flow_of_another_tenant_is_not_there(by: Actor, act) -> None:
    flow = published(by)
    hook = queries.hooks(by, flow.id)[0]
    stranger = factories.member(factories.tenant().id)
    with pytest.raises(AccessError) as refused:
        act(stranger, flow.id, hook.id)
    assert refused.value.code == "access.not_found"
    assert queries.flows(stranger) == []


def test_an_api_key_needs_the_scope(by: Actor) -> None:
    key = Actor(ActorKind.API_KEY, by.tenant_id, UUID(int=9), scopes=frozenset({"flow.edit"}), label="ci")
    flow = made(key)
    with pytest.raises(AccessError):
        services.publish(by=key, flow_id=flow.id)


# What the database itself holds


def test_the_web_role_cannot_change_a_version(by: Actor, as_role) -> None:
    flow = published(by)
    with (
        as_role("web"),
        bind(by.tenant_id),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
    ):
        Version.objects.filter(flow_id=flow.id).update(comment="changed")


@pytest.mark.parametrize("table", ["flows_flow", "flows_version", "flows_hook"])
def test_without_a_tenant_nothing_is_read(by: Actor, as_role, table: str) -> None:
    published(by)
    for role in ("web", "engine"):
        with as_role(role), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {table}")  # noqa: S608  our own names


def test_the_web_role_sees_its_tenant_only(by: Actor, as_role) -> None:
    published(by)
    other = factories.member(factories.tenant().id)
    with as_role("web"), bind(other.tenant_id):
        assert not Flow.objects.exists()
        assert not Version.objects.exists()
        assert not Hook.objects.exists()


def test_a_hook_cannot_point_into_another_tenant(by: Actor) -> None:
    stranger = factories.tenant()
    Hook.objects.create(tenant_id=stranger.id, flow_id=made(by).id, step_key="x", token="t" * 32)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    Hook.objects.filter(tenant_id=stranger.id).delete()


# YAML


def test_import_makes_then_updates_a_flow(by: Actor) -> None:
    text = "name: Orders\nslug: orders\nsteps:\n- {key: order, kind: webhook_trigger}\n"
    flow = services.import_flow(by=by, text=text)
    assert (flow.slug, flow.draft_revision) == ("orders", 1)
    assert services.import_flow(by=by, text=text).draft_revision == 1
    again = services.import_flow(by=by, text=text.replace("order, kind", "incoming, kind"))
    assert (again.id, again.draft_revision, again.draft["steps"][0]["key"]) == (flow.id, 2, "incoming")


def test_the_list_of_flows_is_one_query_a_page(by: Actor, django_assert_num_queries) -> None:
    for _ in range(3):
        made(by)
    with django_assert_num_queries(5):  # savepoint, tenant set, the list, release, tenant unset
        first = queries.flows(by, limit=2)
    assert len(first) == 2
    assert len(queries.flows(by, before=first[-1].id)) == 1


def test_a_draft_shows_problems_and_changes(by: Actor) -> None:
    flow = published(by)
    services.save_draft(by=by, flow_id=flow.id, definition=definition(url="x"), revision=1)
    state = queries.draft_state(by, flow.id)
    assert [problem.code for problem in state.problems] == ["http.url"]
    assert len(state.changes) == 1


def test_a_saved_draft_changes_nothing_of_what_runs_until_it_is_published(by: Actor) -> None:
    flow = published(by)
    runs = flow.current_version
    other = {"steps": [{"key": "start", "kind": "schedule_trigger", "config": {"every_minutes": 5}}]}
    services.save_draft(by=by, flow_id=flow.id, definition=other, revision=1)
    after = queries.flow(by, flow.id)
    assert (after.current_version_id, after.enabled, after.current_version) == (runs.id, True, runs)
    assert after.current_version.definition == runs.definition
    assert {hook.step_key for hook in queries.hooks(by, flow.id)} <= {
        step["key"] for step in runs.definition["steps"]
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM flows_scheduled()")
        assert cursor.fetchone() == (0,)
