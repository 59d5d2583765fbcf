-- What of this does the role lack? ($1 the kinds of what it needs; $2 the names, of one or two parts; $3, of two the
-- second; $4 whether migrations install extensions or languages)
-- What is not there yet is made by the migrations, or refused by the server in its own words.
WITH me AS (
    SELECT pg_catalog.quote_ident(r.rolname::pg_catalog.text) AS role,
           pg_catalog.quote_ident(d.datname::pg_catalog.text) AS database,
           d.oid AS database_oid, d.dattablespace, r.rolsuper, r.rolcreaterole
    FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
    WHERE r.rolname = CURRENT_USER AND d.datname = pg_catalog.current_database()
),
-- Where a provider lets others do what only superusers do in PostgreSQL itself, the server has to say what they may not.
provided AS (
    SELECT EXISTS (SELECT FROM pg_catalog.pg_roles r
                   WHERE r.rolname::pg_catalog.text = ANY (ARRAY['rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin',
                                                                 'supabase_admin', 'neon_superuser', 'alloydbsuperuser'])) AS so
),
need AS (
    SELECT DISTINCT n.kind, n.name, n.second,
           CASE WHEN n.second = '' THEN pg_catalog.quote_ident(n.name)
                ELSE pg_catalog.quote_ident(n.name) || '.' || pg_catalog.quote_ident(n.second) END AS quoted
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]),
                    pg_catalog.unnest($3::pg_catalog.text[])) AS n (kind, name, second)
),
relation AS (
    SELECT n.kind, n.name, n.second, n.quoted, c.oid, c.relkind, s.oid AS schema_oid
    FROM need n
    JOIN pg_catalog.pg_namespace s ON s.nspname::pg_catalog.text = n.name
    JOIN pg_catalog.pg_class c ON c.relnamespace = s.oid AND c.relname::pg_catalog.text = n.second
)
SELECT n.kind, n.name, n.second, 'language ' || n.quoted AS object,
       'a function or block is written in it' AS reason,
       'GRANT USAGE ON LANGUAGE ' || n.quoted || ' TO ' || me.role AS remedy
FROM me, need n JOIN pg_catalog.pg_language l ON l.lanname::pg_catalog.text = n.name
WHERE n.kind = 'language' AND l.lanpltrusted AND NOT pg_catalog.has_language_privilege(l.oid, 'USAGE')
UNION ALL
SELECT n.kind, n.name, n.second, 'language ' || n.quoted, 'only a superuser may write functions or blocks in it',
       'heal as a superuser, or have this migration run by one'
FROM me, provided, need n JOIN pg_catalog.pg_language l ON l.lanname::pg_catalog.text = n.name
WHERE n.kind = 'language' AND NOT l.lanpltrusted AND NOT me.rolsuper AND NOT provided.so
UNION ALL
SELECT n.kind, n.name, n.second, 'language ' || n.quoted, 'a function or block is written in it, and it is not there',
       'as a role that may, run CREATE EXTENSION ' || n.quoted
FROM need n
WHERE n.kind = 'language' AND NOT $4::pg_catalog.bool
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_language l WHERE l.lanname::pg_catalog.text = n.name)
UNION ALL
SELECT n.kind, n.name, n.second, 'database ' || me.database, 'a migration makes temporary tables',
       'GRANT TEMPORARY ON DATABASE ' || me.database || ' TO ' || me.role
FROM me, need n
WHERE n.kind = 'temporary' AND NOT pg_catalog.has_database_privilege(me.database_oid, 'TEMPORARY')
UNION ALL
SELECT n.kind, n.name, n.second, 'database ' || me.database, 'a migration makes a publication in it',
       'GRANT CREATE ON DATABASE ' || me.database || ' TO ' || me.role
FROM me, need n
WHERE n.kind = 'create' AND NOT pg_catalog.has_database_privilege(me.database_oid, 'CREATE')
UNION ALL
SELECT n.kind, n.name, n.second, 'tablespace ' || n.quoted, 'a migration makes things in it',
       'GRANT CREATE ON TABLESPACE ' || n.quoted || ' TO ' || me.role
FROM me, need n JOIN pg_catalog.pg_tablespace t ON t.spcname::pg_catalog.text = n.name
WHERE n.kind = 'tablespace' AND t.oid <> me.dattablespace AND NOT pg_catalog.has_tablespace_privilege(t.oid, 'CREATE')
UNION ALL
SELECT n.kind, n.name, n.second, 'extension ' || n.quoted,
       CASE WHEN v.name IS NULL THEN 'a migration installs it, and its files are not on the server'
            WHEN v.trusted THEN 'a migration installs it, which takes CREATE on the database'
            ELSE 'a migration installs it, which only a superuser may' END,
       CASE WHEN v.name IS NULL THEN 'install its files on the server'
            WHEN v.trusted THEN 'GRANT CREATE ON DATABASE ' || me.database || ' TO ' || me.role
            ELSE 'as a superuser run the migration''s CREATE EXTENSION, written with IF NOT EXISTS' END
FROM me, provided, need n
LEFT JOIN pg_catalog.pg_available_extensions a ON a.name::pg_catalog.text = n.name
LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
WHERE n.kind = 'extension'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extname::pg_catalog.text = n.name)
  AND (v.name IS NULL
       OR v.superuser AND NOT me.rolsuper AND NOT provided.so
          AND NOT (v.trusted AND pg_catalog.has_database_privilege(me.database_oid, 'CREATE')))
UNION ALL
SELECT r.kind, r.name, r.second, 'relation ' || r.quoted, 'a foreign key refers to it',
       'GRANT REFERENCES ON ' || r.quoted || ' TO ' || me.role
FROM me, relation r
WHERE r.kind = 'references' AND NOT pg_catalog.has_any_column_privilege(r.oid, 'REFERENCES')
UNION ALL
SELECT r.kind, r.name, r.second, 'relation ' || r.quoted, 'a migration changes rows of it',
       'GRANT ' || pg_catalog.upper(r.kind) || ' ON ' || r.quoted || ' TO ' || me.role
FROM me, relation r
WHERE r.kind = ANY (ARRAY['insert', 'update', 'delete', 'truncate'])
  AND NOT CASE WHEN r.kind = ANY (ARRAY['insert', 'update']) THEN pg_catalog.has_any_column_privilege(r.oid, r.kind)
               ELSE pg_catalog.has_table_privilege(r.oid, r.kind) END
UNION ALL
SELECT DISTINCT 'named', n.name, '', 'schema ' || pg_catalog.quote_ident(n.name), 'migrations use what is in it',
       'GRANT USAGE ON SCHEMA ' || pg_catalog.quote_ident(n.name) || ' TO ' || me.role
FROM me, need n JOIN pg_catalog.pg_namespace s ON s.nspname::pg_catalog.text = n.name
WHERE n.kind = ANY (ARRAY['named', 'references', 'insert', 'update', 'delete', 'truncate'])
  AND NOT pg_catalog.has_schema_privilege(s.oid, 'USAGE')
  AND (EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = s.oid AND c.relname::pg_catalog.text = n.second)
       OR EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.pronamespace = s.oid AND p.proname::pg_catalog.text = n.second)
       OR EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.typnamespace = s.oid AND t.typname::pg_catalog.text = n.second))
UNION ALL
SELECT n.kind, n.name, n.second, 'foreign-data wrapper ' || n.quoted, 'a migration makes a server of it',
       'GRANT USAGE ON FOREIGN DATA WRAPPER ' || n.quoted || ' TO ' || me.role
FROM me, need n JOIN pg_catalog.pg_foreign_data_wrapper w ON w.fdwname::pg_catalog.text = n.name
WHERE n.kind = 'wrapper' AND NOT pg_catalog.has_foreign_data_wrapper_privilege(w.oid, 'USAGE')
UNION ALL
SELECT n.kind, n.name, n.second, 'role ' || me.role, 'a migration makes roles', 'ALTER ROLE ' || me.role || ' CREATEROLE'
FROM me, need n
WHERE n.kind = 'role' AND NOT me.rolcreaterole AND NOT me.rolsuper
UNION ALL
SELECT n.kind, n.name, n.second, 'role ' || me.role, 'a migration has ' || n.name || ', which only a superuser may',
       'heal as a superuser, or have this migration run by one'
FROM me, provided, need n
WHERE n.kind = 'superuser' AND NOT me.rolsuper AND NOT provided.so
UNION ALL
SELECT f.kind, f.name, f.second, 'function ' || f.name, 'every heal calls it',
       'GRANT EXECUTE ON FUNCTION ' || f.name || ' TO ' || me.role
FROM me, (SELECT n.kind, n.name, n.second,
                 CASE WHEN n.kind = 'function' THEN pg_catalog.to_regprocedure(n.name)::pg_catalog.oid END AS oid
          FROM need n) AS f
WHERE f.oid IS NOT NULL AND NOT pg_catalog.has_function_privilege(f.oid, 'EXECUTE')
ORDER BY object, reason
