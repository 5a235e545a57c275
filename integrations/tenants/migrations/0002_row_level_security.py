from django.db import migrations

from integrations.tenants.rls import (
    ALL, APPEND, NOTHING, READ, WRITE, lookup_sql, shared_table_sql, shared_table_undo_sql, tenant_table_sql,
    tenant_table_undo_sql,
)

MEMBERSHIPS = lookup_sql(
    "tenants_memberships(person uuid)",
    "TABLE (tenant_id uuid, name text, slug text, member_id uuid, role text)",
    """SELECT t.id, t.name, t.slug, m.id, m.role FROM public.tenants_member m
       JOIN public.tenants_tenant t ON t.id = m.tenant_id
       JOIN public.tenants_user u ON u.id = m.user_id
       WHERE m.user_id = person AND u.is_active AND t.status = 'active' ORDER BY t.name, t.id""",
)
DIRECTORY = lookup_sql(
    "tenants_directory(person uuid)",
    "TABLE (tenant_id uuid, name text, slug text, status text)",
    """SELECT t.id, t.name, t.slug, t.status FROM public.tenants_tenant t
       WHERE EXISTS (SELECT FROM public.tenants_user u WHERE u.id = person AND u.is_active AND u.staff_role <> '')
       ORDER BY t.name, t.id""",
)
API_KEY = lookup_sql(
    "tenants_api_key_lookup(key_id uuid)",
    "TABLE (tenant_id uuid, name text, digest bytea, pepper_version int, scopes text[], expires_at timestamptz, live boolean)",
    """SELECT k.tenant_id, k.name, k.digest, k.pepper_version, k.scopes::text[], k.expires_at,
              k.revoked_at IS NULL AND coalesce(k.expires_at > now(), true) AND t.status = 'active'
       FROM public.tenants_apikey k JOIN public.tenants_tenant t ON t.id = k.tenant_id WHERE k.id = key_id""",
    engine=True,
)
INVITATION = lookup_sql(
    "tenants_invitation_lookup(hash bytea)",
    "TABLE (invitation_id uuid, tenant_id uuid, tenant_name text, email text, role text)",
    """SELECT i.id, i.tenant_id, t.name, i.email, i.role FROM public.tenants_invitation i
       JOIN public.tenants_tenant t ON t.id = i.tenant_id
       WHERE i.token_hash = hash AND i.accepted_at IS NULL AND i.expires_at > now() AND t.status = 'active'""",
)
UNSEALED = lookup_sql(
    "tenants_unsealed()",
    "SETOF uuid",
    """SELECT DISTINCT e.tenant_id FROM public.tenants_auditevent e
       WHERE NOT EXISTS (SELECT FROM public.tenants_auditseal s
                         WHERE s.tenant_id = e.tenant_id AND s.event_id = e.id)""",
    web=False,
    engine=True,
)
IDS = lookup_sql(
    "tenants_ids()",
    "SETOF uuid",
    "SELECT id FROM public.tenants_tenant WHERE status = 'active' ORDER BY id",
    web=False,
    engine=True,
)
DROP = """
DROP FUNCTION tenants_ids();
DROP FUNCTION tenants_memberships(uuid);
DROP FUNCTION tenants_directory(uuid);
DROP FUNCTION tenants_api_key_lookup(uuid);
DROP FUNCTION tenants_invitation_lookup(bytea);
DROP FUNCTION tenants_unsealed();
"""

OWNED = [
    ("tenants_tenant", {"column": "id", "web": WRITE, "engine": READ}),
    ("tenants_member", {"engine": READ}),
    ("tenants_invitation", {"engine": NOTHING}),
    ("tenants_apikey", {"web": WRITE, "engine": READ}),
    ("tenants_auditevent", {"web": APPEND, "engine": APPEND}),
    ("tenants_auditseal", {"web": READ, "engine": APPEND}),
]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.RunSQL(shared_table_sql("tenants_user", web=WRITE, engine=READ), shared_table_undo_sql("tenants_user")),
        *[migrations.RunSQL(tenant_table_sql(table, **rights), tenant_table_undo_sql(table)) for table, rights in OWNED],
        migrations.RunSQL(MEMBERSHIPS + DIRECTORY + API_KEY + INVITATION + UNSEALED + IDS, DROP),
    ]
