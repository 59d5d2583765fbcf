-- What takes back, for this role, what this database adds to new objects by itself? Statements in their order.
-- Default privileges for all schemas, since what is built stands in schemas of its own; a privilege that they lack is
-- one too. Without a statement: an event trigger that this role may not switch off.
WITH me AS (
    SELECT r.oid, pg_catalog.quote_ident(r.rolname::text) AS name
    FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
), changed AS (
    SELECT a.defaclacl AS acl,
           CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                                WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' END AS class,
           CASE a.defaclobjtype WHEN 'f' THEN 'EXECUTE' WHEN 'T' THEN 'USAGE' END AS of_everybody
    FROM pg_catalog.pg_default_acl a JOIN me ON a.defaclrole = me.oid
    WHERE a.defaclnamespace = 0
), statements (place, object, statement) AS (
    SELECT DISTINCT 1, NULL::text, 'ALTER DEFAULT PRIVILEGES REVOKE ALL ON ' || c.class || ' FROM '
           || CASE WHEN x.grantee = 0 THEN 'PUBLIC'
                   ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)::text) END
    FROM changed c CROSS JOIN me CROSS JOIN LATERAL pg_catalog.aclexplode(c.acl) x
    WHERE x.grantee <> me.oid
    UNION ALL
    SELECT 2, NULL, 'ALTER DEFAULT PRIVILEGES GRANT ALL ON ' || c.class || ' TO ' || me.name FROM changed c CROSS JOIN me
    UNION ALL
    SELECT 2, NULL, 'ALTER DEFAULT PRIVILEGES GRANT ' || c.of_everybody || ' ON ' || c.class || ' TO PUBLIC'
    FROM changed c WHERE c.of_everybody IS NOT NULL
    UNION ALL
    SELECT 3, pg_catalog.quote_ident(t.evtname::text),
           CASE WHEN pg_catalog.pg_has_role(t.evtowner, 'USAGE')
                THEN 'ALTER EVENT TRIGGER ' || pg_catalog.quote_ident(t.evtname::text) || ' DISABLE' END
    FROM pg_catalog.pg_event_trigger t
    WHERE t.evtenabled IN ('O', 'A') AND t.evtevent <> 'login'
)
SELECT object, statement FROM statements ORDER BY place, statement
