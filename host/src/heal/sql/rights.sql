-- What does this role lack for a heal? ($1 schemas that migrations build in; $2 relations that they change, as
-- schema.name; $3 whether descriptors are built in schemas of their own)
WITH me AS (SELECT quote_ident(current_user) AS role, quote_ident(current_database()) AS database),
lacking (object, key, reason, remedy) AS (
    SELECT 'database ' || me.database, NULL::text,
           CASE WHEN $3 THEN 'descriptors are built and read in schemas of their own, which are rolled back'
                ELSE 'the migrations make schemas' END,
           'GRANT CREATE ON DATABASE ' || me.database || ' TO ' || me.role
    FROM me
    WHERE NOT has_database_privilege(current_database(), 'CREATE')
      AND ($3 OR EXISTS (SELECT FROM unnest($1::text[]) AS s (name)
                         WHERE NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = s.name)))
    UNION ALL
    SELECT 'schema ' || quote_ident(n.nspname), n.nspname::text, 'the migrations build in it',
           'GRANT USAGE, CREATE ON SCHEMA ' || quote_ident(n.nspname) || ' TO ' || me.role
    FROM me, pg_namespace n
    WHERE n.nspname = ANY ($1::text[])
      AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_schema_privilege(n.oid, 'CREATE'))
    UNION ALL
    SELECT 'relation ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname), n.nspname || '.' || c.relname,
           'a migration or repair changes it, and it belongs to ' || quote_ident(pg_get_userbyid(c.relowner)),
           -- Who is granted a superuser may become one.
           CASE WHEN o.rolsuper OR o.rolcreaterole OR o.rolcreatedb OR o.rolreplication OR o.rolbypassrls
                THEN 'ALTER TABLE ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || ' OWNER TO ' || me.role
                ELSE 'GRANT ' || quote_ident(o.rolname) || ' TO ' || me.role END
    FROM me, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles o ON o.oid = c.relowner
    WHERE n.nspname || '.' || c.relname = ANY ($2::text[]) AND NOT pg_has_role(c.relowner, 'USAGE')
    UNION ALL
    SELECT 'schema tenon', NULL, 'the ledger and the audit log are in it',
           'GRANT USAGE ON SCHEMA tenon TO ' || me.role
    FROM me, pg_namespace n
    WHERE n.nspname = 'tenon' AND NOT has_schema_privilege(n.oid, 'USAGE')
    UNION ALL
    SELECT 'table tenon.' || c.relname, NULL, 'a heal is recorded in it',
           'GRANT ' || needs.rights || ' ON tenon.' || c.relname || ' TO ' || me.role
    FROM me, (VALUES ('migration', 'SELECT, INSERT'), ('reading', 'SELECT, INSERT, UPDATE'), ('audit', 'SELECT, INSERT'))
             AS needs (name, rights)
    JOIN pg_class c ON c.relname = needs.name
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'tenon'
    WHERE EXISTS (SELECT FROM string_to_table(needs.rights, ', ') AS need
                  WHERE NOT has_table_privilege(c.oid, need))
)
SELECT object, key, reason, remedy FROM lacking ORDER BY object
