"""What the catalog of the migrated database says about every table of every app (SECURITY section 8)."""

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db

SETTINGS = {
    "web": "current_setting('sevenm.tenant'::text)",
    "engine": "current_setting('sevenm.tenants'::text)",
}
# The narrow queue tables, which the engine may read across tenants to find what is due: ids, states, times.
CLAIMED_ACROSS_TENANTS = {
    "engine_run",
    "engine_breaker",
    "engine_replay",
    "engine_schedule",
    "engine_note",
    "engine_collection",
    "tenants_change",
}


def rows(query, *values):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def tenant_tables():
    """Every table that holds a tenant's rows, partitions apart."""
    found = rows(
        """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
             AND (c.relname = 'tenants_tenant' OR EXISTS (
                 SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'
             )) ORDER BY 1"""
    )
    return [name for (name,) in found]


def test_there_are_tenant_tables():
    assert {"tenants_tenant", "tenants_member", "tenants_apikey", "vault_tenantkey"} <= set(tenant_tables())


def test_every_tenant_table_has_row_level_security_forced():
    found = dict(rows("SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class"))
    assert [table for table in tenant_tables() if not found[table]] == []


def test_every_tenant_table_has_a_policy_for_each_role():
    policies = rows(
        "SELECT tablename, policyname, roles::text[], qual, with_check, cmd, permissive FROM pg_policies"
    )
    for table in tenant_tables():
        here = {name: rest for on, name, *rest in policies if on == table}
        assert set(here) == {"owner", "web", "engine"}, table
        for name, (roles, qual, check, command, permissive) in here.items():
            assert (roles, command, permissive) == ([f"sevenm_{name}"], "ALL", "PERMISSIVE"), (table, name)
            if name == "owner" or (name == "engine" and table in CLAIMED_ACROSS_TENANTS):
                continue
            assert SETTINGS[name] in qual, (table, name)
            assert SETTINGS[name] in check, (table, name)


def test_what_the_engine_reads_across_tenants_holds_no_bodies():
    found = rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = ANY(%s) AND data_type = 'bytea'",
        sorted(CLAIMED_ACROSS_TENANTS),
    )
    assert found == []


def test_no_role_of_the_product_passes_row_level_security():
    found = rows(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'sevenm\\_%%' AND (rolsuper OR rolbypassrls)"
    )
    assert found == []


def test_the_product_roles_own_nothing():
    found = rows(
        """SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
           WHERE r.rolname IN ('sevenm_web', 'sevenm_engine')"""
    )
    assert found == []


def test_tables_without_a_tenant_are_named_here_when_a_role_may_read_them():
    """A new table of the installation has to be thought about: add it here, with its reason."""
    known = {
        "account_emailaddress": "sign-in",
        "account_emailconfirmation": "sign-in",
        "django_content_type": "sign-in",
        "django_session": "sign-in",
        "mfa_authenticator": "sign-in",
        "sevenm_cache": "throttles of sign-in",
        "tenants_user": "people belong to the installation",
    }
    found = rows(
        """SELECT DISTINCT table_name FROM information_schema.role_table_grants
           WHERE grantee IN ('sevenm_web', 'sevenm_engine', 'PUBLIC') AND table_schema = 'public'"""
    )
    mine = ("tenants_", "vault_", "account_", "mfa_", "django_", "auth_", "sevenm_")
    ours = {name for (name,) in found if name.startswith(mine)} - set(tenant_tables())
    assert ours == set(known)


def test_partitions_cannot_be_reached_past_their_parent():
    found = rows(
        """SELECT c.relname FROM pg_class c WHERE c.relispartition AND c.relkind = 'r' AND (
               NOT (c.relrowsecurity AND c.relforcerowsecurity)
               OR has_table_privilege('sevenm_web', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
               OR has_table_privilege('sevenm_engine', c.oid, 'SELECT, INSERT, UPDATE, DELETE'))"""
    )
    assert found == []


def test_views_run_with_the_rights_of_who_reads_them():
    found = rows(
        """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'public' AND c.relkind = 'v'
             AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)"""
    )
    assert found == []


def test_definer_functions_are_pinned_and_closed_to_the_public():
    found = rows(
        """SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
           WHERE n.nspname = 'public' AND p.prosecdef AND (
               NOT coalesce(array_to_string(p.proconfig, ';') LIKE '%%search_path=%%pg_temp%%', false)
               OR p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0))"""
    )
    assert found == []


def test_audit_rows_are_only_ever_added_by_the_product_roles():
    for role in ("sevenm_web", "sevenm_engine"):
        for table in ("tenants_auditevent", "tenants_auditseal"):
            (held,) = rows("SELECT has_table_privilege(%s, %s, 'UPDATE, DELETE, TRUNCATE')", role, table)
            assert held == (False,), (role, table)
