-- The three roles of an installation. May be run again; run by a superuser or a role that may create roles.
-- The caller gives the passwords as session settings, so that none stands in a statement that could be logged:
--   SELECT set_config('sevenm.owner_password', $1, false), set_config('sevenm.web_password', $2, false),
--          set_config('sevenm.engine_password', $3, false);
DO $roles$
DECLARE
    role_name text;
    secret text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['owner', 'web', 'engine'] LOOP
        secret := current_setting('sevenm.' || role_name || '_password');
        IF length(secret) < 16 THEN
            RAISE EXCEPTION 'the password of sevenm_% is missing or shorter than 16 characters', role_name;
        END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sevenm_' || role_name) THEN
            EXECUTE format('CREATE ROLE %I', 'sevenm_' || role_name);
        END IF;
        EXECUTE format('ALTER ROLE %I LOGIN NOINHERIT NOCREATEDB NOCREATEROLE PASSWORD %L', 'sevenm_' || role_name, secret);
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ('sevenm_owner', 'sevenm_web', 'sevenm_engine')
                                      AND (rolsuper OR rolbypassrls OR rolreplication)) THEN
        RAISE EXCEPTION 'a sevenm role may pass row-level security: take SUPERUSER, BYPASSRLS and REPLICATION from it';
    END IF;
END
$roles$;
