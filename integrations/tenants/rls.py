"""SQL that puts a table under row-level security; every package's migrations use it through ``RunSQL``.

    operations = [migrations.RunSQL(tenant_table_sql("flows_flow"), tenant_table_undo_sql("flows_flow"))]

``sevenm_web`` sees one tenant: the transaction's ``sevenm.tenant``. ``sevenm_engine`` sees those it named:
``sevenm.tenants``. Neither setting has a default: reading it unset is an error in PostgreSQL, and so is the
empty text that a pooled connection keeps from its last transaction. The sub-SELECT makes the planner read the
setting once a statement, not once a row. No role but the owner has any right that is not granted here.
"""

import re

OWNER, WEB, ENGINE = "sevenm_owner", "sevenm_web", "sevenm_engine"
READ = "SELECT"
APPEND = "SELECT, INSERT"
WRITE = "SELECT, INSERT, UPDATE"
ALL = "SELECT, INSERT, UPDATE, DELETE"
NOTHING = ""

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_RIGHTS = re.compile(r"(SELECT|INSERT|UPDATE|DELETE)(, (SELECT|INSERT|UPDATE|DELETE))*")


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(f"not a plain name: {text!r}")
    return text


def _grant(table: str, role: str, rights: str) -> str:
    revoke = f"REVOKE ALL ON {table} FROM {role};"
    if not rights:
        return revoke
    if not _RIGHTS.fullmatch(rights):
        raise ValueError(f"not a list of rights: {rights!r}")
    return f"{revoke}\nGRANT {rights} ON {table} TO {role};"


def tenant_table_sql(
    table: str, *, column: str = "tenant_id", web: str = ALL, engine: str = ALL, claims: bool = False
) -> str:
    """Enable and force row-level security on a tenant-owned table, with the policy and rights of each role.

    claims: the narrow queue table (ids, states, times), which the engine may see across tenants to find what
    is due.
    """
    table, column = _name(table), _name(column)
    one = f"{column} = (SELECT current_setting('sevenm.tenant')::uuid)"
    named = f"{column} = ANY ((SELECT current_setting('sevenm.tenants')::uuid[])::uuid[])"
    many = "true" if claims else named
    return f"""
REVOKE ALL ON {table} FROM PUBLIC;
{_grant(table, WEB, web)}
{_grant(table, ENGINE, engine)}
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS owner ON {table};
DROP POLICY IF EXISTS web ON {table};
DROP POLICY IF EXISTS engine ON {table};
CREATE POLICY owner ON {table} TO {OWNER} USING (true) WITH CHECK (true);
CREATE POLICY web ON {table} TO {WEB} USING ({one}) WITH CHECK ({one});
CREATE POLICY engine ON {table} TO {ENGINE} USING ({many}) WITH CHECK ({many});
"""


def tenant_table_undo_sql(table: str) -> str:
    """Take the table back to no policy and no rights: it is closed to all but the owner."""
    table = _name(table)
    return f"""
REVOKE ALL ON {table} FROM {WEB}, {ENGINE};
DROP POLICY IF EXISTS owner ON {table};
DROP POLICY IF EXISTS web ON {table};
DROP POLICY IF EXISTS engine ON {table};
ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""


def shared_table_sql(table: str, *, web: str = READ, engine: str = READ) -> str:
    """Rights on a table of the installation, which no tenant owns (users, prices, latency aggregates)."""
    table = _name(table)
    return f"REVOKE ALL ON {table} FROM PUBLIC;\n{_grant(table, WEB, web)}\n{_grant(table, ENGINE, engine)}\n"


def shared_table_undo_sql(table: str) -> str:
    return f"REVOKE ALL ON {_name(table)} FROM {WEB}, {ENGINE};"


def partition_sql(partition: str) -> str:
    """Close a partition to direct reads: the parent's policies do not guard it, so it has none and no rights.

    Reads and writes through the parent are checked there and need no right here.
    """
    partition = _name(partition)
    return f"""
REVOKE ALL ON {partition} FROM PUBLIC, {WEB}, {ENGINE};
ALTER TABLE {partition} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {partition} FORCE ROW LEVEL SECURITY;
"""


def lookup_sql(signature: str, returns: str, query: str, *, web: bool = True, engine: bool = False) -> str:
    """Write a SECURITY DEFINER function for a read before the tenant is known: exact key in, narrow row out.

    signature: ``flows_hook_lookup(token text)``. returns: ``TABLE (tenant_id uuid, …)``. query: one SELECT
    that names its tables as ``public.<table>``. Owned by whoever migrates, which is the owner.
    """
    roles = ", ".join(role for role, named in ((WEB, web), (ENGINE, engine)) if named)
    types = re.sub(r"\w+ ([\w\[\]]+)", r"\1", signature)
    return f"""
CREATE OR REPLACE FUNCTION public.{signature} RETURNS {returns}
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $lookup$ {query} $lookup$;
REVOKE ALL ON FUNCTION public.{types} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.{types} TO {roles};
"""
