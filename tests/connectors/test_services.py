"""Connections as they are stored: sealed, bound to their host, one tenant's own."""

import json
from functools import partial
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.db import connection as database

from integrations.connectors import checks, kept_choices, queries, services
from integrations.connectors.egress import development
from integrations.connectors.kept_choices import Asked
from integrations.connectors.models import Connection, Status
from integrations.connectors.services import Wanted
from integrations.errors import AccessError, ConfigError, ConflictError, CredentialError
from integrations.tenants.binding import bind
from integrations.tenants.models import AuditEvent, Role
from integrations.vault import services as vault
from integrations.vault.keyring import Keyring, create_missing
from integrations.vault.purposes import Purpose
from integrations.vault.sealed import create_missing_pair, read_private, read_public
from tests.factories import member, tenant

SECRET = "shpat_canary_1f2e3d"
SHOP = Wanted(name="Shop", mode="live", config={"shop": "baan-nang"}, secrets={"access_token": SECRET})


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, keys_given_back: None):
    """Give this process the keys of web and worker in one."""
    create_missing(tmp_path, list(Purpose))
    create_missing_pair(tmp_path)
    ring = Keyring(tmp_path, frozenset(Purpose))
    vault.use_keys(ring, sealer=read_public(tmp_path), unsealer=read_private(tmp_path))
    return tmp_path


@pytest.fixture
def builder(db):
    return member(tenant().id, Role.BUILDER)


def changed(wanted: Wanted, **facts) -> Wanted:
    return Wanted(**{name: facts.get(name, getattr(wanted, name)) for name in wanted.__dataclass_fields__})


def make(by, wanted=SHOP, connector="shopify") -> Connection:
    return services.create_connection(by=by, connector=connector, wanted=wanted)


def code(error, function, **arguments):
    with pytest.raises(error) as raised:
        function(**arguments)
    return raised.value.code, raised.value.place


def test_a_connection_is_stored_sealed(builder):
    row = make(builder)
    assert (row.status, row.base_url) == (Status.NEW, "https://baan-nang.myshopify.com")
    assert row.config == {"shop": "baan-nang", "api_version": "2026-01"}
    assert SECRET.encode() not in bytes(row.secret)
    with bind(builder.tenant_id):
        assert services.open_secrets(row) == {"access_token": SECRET}


def test_the_web_alone_cannot_open_it(builder, keys):
    row = make(builder)
    vault.use_keys(Keyring(keys, frozenset({Purpose.DATA})), sealer=read_public(keys))
    with bind(builder.tenant_id), pytest.raises(ConfigError):
        services.open_secrets(row)


def test_it_opens_in_its_own_row_only(builder):
    one, two = make(builder), make(builder, changed(SHOP, name="Other"))
    two.secret = one.secret
    with bind(builder.tenant_id), pytest.raises(Exception, match="vault"):
        services.open_secrets(two)


def test_rewrapped_credentials_open_as_well(builder):
    row = make(builder)
    assert vault.rewrap_pending(builder.tenant_id) == 1
    with bind(builder.tenant_id):
        row.refresh_from_db()
        assert bytes(row.secret)[:2] == b"7M"
        assert services.open_secrets(row) == {"access_token": SECRET}


def test_a_change_of_host_clears_the_secret(builder):
    row = make(builder)
    moved = changed(SHOP, config={"shop": "another"}, secrets={})
    row = services.update_connection(by=builder, connection_id=row.id, wanted=moved)
    assert (row.secret, row.status) == (None, Status.NO_SECRET)
    with bind(builder.tenant_id):
        facts = AuditEvent.objects.filter(action="connection.changed").get().facts
    assert facts == {"mode": "live", "moved": True, "secret_replaced": False}


def test_a_change_of_name_keeps_it(builder):
    row = make(builder)
    renamed = changed(SHOP, name="Renamed", secrets={})
    row = services.update_connection(by=builder, connection_id=row.id, wanted=renamed)
    assert row.name == "Renamed"
    assert row.secret is not None


def test_a_twin_needs_no_secrets(builder):
    row = make(builder, changed(SHOP, mode="twin", secrets={}))
    with bind(builder.tenant_id):
        assert set(services.open_secrets(row)) == {"access_token"}


def test_from_a_twin_to_the_real_thing_the_secret_is_cleared(builder):
    row = make(builder, changed(SHOP, mode="twin", secrets={}))
    row = services.update_connection(by=builder, connection_id=row.id, wanted=changed(SHOP, secrets={}))
    assert row.secret is None


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"name": " "}, ("connection.name", "name")),
        ({"name": "a\x00b"}, ("connection.name", "name")),
        ({"mode": "test"}, ("connection.mode", "mode")),
        ({"mode": "sandbox"}, ("connection.no_sandbox", "")),
        ({"config": {}}, ("connection.config", "shop")),
        ({"config": {"shop": "evil.example/"}}, ("connection.config", "shop")),
        ({"secrets": {"access_token": ""}}, ("connection.secret_missing", "access_token")),
        ({"secrets": {"access_token": "a", "more": "b"}}, ("connection.secret_form", "more")),
        ({"secrets": {"access_token": "a" * 10_001}}, ("connection.secret_form", "access_token")),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_stored(builder, facts, expected):
    wanted = changed(SHOP, **facts)
    assert code(ConfigError, make, by=builder, wanted=wanted) == expected
    assert queries.connections(builder) == []


def test_a_secret_that_would_split_a_header_is_refused(builder):
    wanted = changed(SHOP, secrets={"access_token": "a\r\nX-B: c"})
    assert code(CredentialError, make, by=builder, wanted=wanted) == (
        "connection.secret_form",
        "access_token",
    )


def test_names_are_taken_once(builder):
    make(builder)
    assert code(ConflictError, make, by=builder) == ("connection.name_taken", "name")


def test_viewers_see_and_do_not_change(builder):
    row = make(builder)
    viewer = member(builder.tenant_id, Role.VIEWER)
    assert [found.name for found in queries.connections(viewer)] == ["Shop"]
    for change in (
        lambda: make(viewer),
        lambda: services.update_connection(by=viewer, connection_id=row.id, wanted=SHOP),
        lambda: services.delete_connection(by=viewer, connection_id=row.id),
        lambda: services.begin_check(by=viewer, connection_id=row.id),
    ):
        with pytest.raises(AccessError):
            change()


def test_another_tenant_finds_nothing(builder):
    row = make(builder)
    stranger = member(tenant("Other").id, Role.OWNER)
    assert queries.connections(stranger) == []
    for act in (
        lambda: queries.connection(stranger, row.id),
        lambda: services.update_connection(by=stranger, connection_id=row.id, wanted=SHOP),
        lambda: services.delete_connection(by=stranger, connection_id=row.id),
        lambda: services.begin_check(by=stranger, connection_id=row.id),
    ):
        with pytest.raises(AccessError):
            act()


def test_the_web_role_sees_one_tenant_even_by_raw_sql(builder, as_role):
    make(builder)
    other = tenant("Other").id
    with as_role("web"), bind(other), database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM connectors_connection")
        assert cursor.fetchone() == (0,)
        cursor.execute("UPDATE connectors_connection SET name = 'x'")
        assert cursor.rowcount == 0


def test_without_a_tenant_the_table_is_an_error(builder, as_role):
    make(builder)
    with as_role("web"), pytest.raises(DatabaseError), transaction.atomic():
        database.cursor().execute("SELECT count(*) FROM connectors_connection")


def test_deleted_is_gone(builder):
    row = make(builder)
    services.delete_connection(by=builder, connection_id=row.id)
    assert queries.connections(builder) == []


def test_lists_never_load_secrets(builder):
    make(builder)
    assert "secret" in queries.connections(builder)[0].get_deferred_fields()


def test_a_check_that_fails_says_why(builder):
    row = make(builder, changed(SHOP, mode="twin", secrets={}))
    services.begin_check(by=builder, connection_id=row.id)
    checks.use_egress(development(), sandbox_url="http://127.0.0.1:9")
    assert not checks.check(builder.tenant_id, row.id).works
    found = queries.connection(builder, row.id)
    assert (found.status, found.checked_at is None) == (Status.FAILED, False)
    assert found.detail
    assert json.dumps(found.config)


def test_choices_that_cannot_be_loaded_say_why(builder):
    row = make(builder, changed(SHOP, mode="twin", secrets={}))
    checks.use_egress(development(), sandbox_url="http://127.0.0.1:9")
    loaded = checks.load_choices(builder.tenant_id, row.id, "set_inventory_level", "body.location_id")
    assert (loaded.items, bool(loaded.message)) == ([], True)
    assert (
        kept_choices.kept(Asked(builder.tenant_id, row.id, "set_inventory_level", "body.location_id"))
        == loaded
    )


def test_choices_are_asked_for_by_who_may_use_the_connection(builder):
    row = make(builder, changed(SHOP, mode="twin", secrets={}))
    ask = partial(services.ask_choices, connection_id=row.id, operation="set_inventory_level")
    assert ask(by=builder, field="body.location_id") == (None, True)
    assert ask(by=builder, field="body.location_id") == (None, False)
    assert code(ConfigError, ask, by=builder, field="body.available")[0] == "choices.none"
    assert code(ConfigError, ask, by=builder, field="nowhere.at_all")[0] == "choices.none"


def test_a_connection_without_secrets_cannot_be_checked(builder):
    row = make(builder, changed(SHOP, secrets={}))
    assert row.status == Status.NO_SECRET
    assert (
        code(ConfigError, services.begin_check, by=builder, connection_id=row.id)[0] == "connection.no_secret"
    )
