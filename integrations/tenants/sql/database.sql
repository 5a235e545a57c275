-- One database of an installation, run in it after roles.sql, as its owner or a superuser. May be run again.
-- Nothing is open by default: each migration grants what its tables need.
DO $database$
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO sevenm_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO sevenm_web', current_database());
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO sevenm_engine', current_database());
END
$database$;
ALTER SCHEMA public OWNER TO sevenm_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO sevenm_web, sevenm_engine;
ALTER DEFAULT PRIVILEGES FOR ROLE sevenm_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE sevenm_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO sevenm_web, sevenm_engine;
