-- What changes what statements mean or do, and belongs to no schema that is read? ($1 schemas)
-- Settings: a role is of concern if anything in this database is its own or granted to it; of what belongs to the
-- bootstrap superuser no entry tells. What a setting is called by an extension or by the user is left out: its value
-- may be a secret.
-- Casts are those between types of PostgreSQL's own. Of user mappings and subscriptions a line break parts what they
-- are from an option, and what this role may not see is said to be so. A member of an extension is told by a name
-- without the extension's schema, and only where its rights are not those that the extension gave it.
-- A two-phase commit takes moments: only what was prepared a minute ago is told.
WITH member AS MATERIALIZED (
    SELECT d.classid, d.objid, e.extname, n.nspname
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
),
-- An empty list of rights has no dimension, which aclexplode refuses.
changed AS (
    SELECT m.*, g.objsubid, g.owner, CASE WHEN cardinality(g.acl) > 0 THEN g.acl END AS now, CASE WHEN cardinality(given.acl) > 0 THEN given.acl END AS given
    FROM member m
    CROSS JOIN LATERAL (
        SELECT 0 AS objsubid, proowner AS owner, proacl AS acl, 'f'::"char" AS kind FROM pg_proc WHERE m.classid = 'pg_proc'::regclass AND oid = m.objid
        UNION ALL SELECT 0, relowner, relacl, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" FROM pg_class WHERE m.classid = 'pg_class'::regclass AND oid = m.objid
        UNION ALL SELECT attnum, (SELECT relowner FROM pg_class WHERE oid = attrelid), attacl, 'c' FROM pg_attribute WHERE m.classid = 'pg_class'::regclass AND attrelid = m.objid AND attacl IS NOT NULL AND NOT attisdropped
        UNION ALL SELECT 0, typowner, typacl, 'T' FROM pg_type WHERE m.classid = 'pg_type'::regclass AND oid = m.objid
        UNION ALL SELECT 0, nspowner, nspacl, 'n' FROM pg_namespace WHERE m.classid = 'pg_namespace'::regclass AND oid = m.objid
        UNION ALL SELECT 0, lanowner, lanacl, 'l' FROM pg_language WHERE m.classid = 'pg_language'::regclass AND oid = m.objid
        UNION ALL SELECT 0, fdwowner, fdwacl, 'F' FROM pg_foreign_data_wrapper WHERE m.classid = 'pg_foreign_data_wrapper'::regclass AND oid = m.objid
        UNION ALL SELECT 0, srvowner, srvacl, 'S' FROM pg_foreign_server WHERE m.classid = 'pg_foreign_server'::regclass AND oid = m.objid) AS g
    CROSS JOIN LATERAL (SELECT coalesce((SELECT i.initprivs FROM pg_init_privs i WHERE i.classoid = m.classid AND i.objoid = m.objid AND i.objsubid = g.objsubid),
                                        acldefault(g.kind, g.owner)) AS acl) AS given
    WHERE g.acl IS NOT NULL
)
SELECT ''::name AS schema, NULL::name AS relation, 'database'::name AS name,
       ARRAY(SELECT CASE WHEN s.setrole = 0 AND s.setdatabase = 0 THEN 'all roles: '
                         WHEN s.setrole = 0 THEN ''
                         ELSE 'role ' || quote_ident(pg_get_userbyid(s.setrole))
                              || CASE WHEN s.setdatabase = 0 THEN ': ' ELSE ' here: ' END END || setting
             FROM pg_db_role_setting s
             CROSS JOIN unnest(s.setconfig) AS setting
             WHERE (s.setdatabase = d.oid
                    OR (s.setdatabase = 0
                        AND (s.setrole = 0 OR s.setrole < 16384 OR s.setrole = d.datdba
                             OR EXISTS (SELECT FROM pg_shdepend p
                                        WHERE p.refclassid = 'pg_authid'::regclass AND p.refobjid = s.setrole
                                          AND p.dbid = d.oid))))
               AND lower(split_part(setting, '=', 1)) IN (
                   'search_path', 'role', 'row_security', 'session_replication_role', 'event_triggers',
                   'default_transaction_isolation', 'default_transaction_read_only',
                   'default_transaction_deferrable', 'synchronous_commit',
                   'timezone', 'timezone_abbreviations', 'datestyle', 'intervalstyle', 'lc_messages', 'lc_monetary',
                   'lc_numeric', 'lc_time', 'client_encoding', 'default_text_search_config',
                   'default_tablespace', 'default_table_access_method', 'default_toast_compression',
                   'standard_conforming_strings', 'backslash_quote', 'array_nulls', 'transform_null_equals',
                   'quote_all_identifiers', 'bytea_output', 'extra_float_digits', 'xmlbinary', 'xmloption',
                   'check_function_bodies', 'lo_compat_privileges', 'createrole_self_grant',
                   'session_preload_libraries', 'local_preload_libraries', 'plpgsql.variable_conflict')) AS settings,
       ARRAY(SELECT '(' || format_type(c.castsource, NULL) || ' AS ' || format_type(c.casttarget, NULL) || ')'
                    || CASE c.castmethod WHEN 'f' THEN ' WITH FUNCTION ' || c.castfunc::regprocedure::text
                                         WHEN 'i' THEN ' WITH INOUT' ELSE ' WITHOUT FUNCTION' END
                    || CASE c.castcontext WHEN 'e' THEN '' WHEN 'a' THEN ' AS ASSIGNMENT' ELSE ' AS IMPLICIT' END
             FROM pg_cast c
             JOIN pg_type s ON s.oid = c.castsource AND s.typnamespace = 'pg_catalog'::regnamespace
             JOIN pg_type t ON t.oid = c.casttarget AND t.typnamespace = 'pg_catalog'::regnamespace
             LEFT JOIN pg_proc f ON f.oid = c.castfunc
             LEFT JOIN pg_namespace fn ON fn.oid = f.pronamespace
             WHERE c.oid >= 16384 AND (fn.nspname = ANY ($1::name[])) IS NOT TRUE
               AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_cast'::regclass AND m.objid = c.oid)) AS casts,
       ARRAY(SELECT m.whose || CASE WHEN NOT m.seen THEN E'\n(not shown to this role)' ELSE coalesce(E'\n' || option, '') END
             FROM (SELECT quote_ident(u.usename) || ' on ' || quote_ident(u.srvname) AS whose, u.umoptions,
                          (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
                          OR pg_has_role(s.srvowner, 'USAGE') AND u.umuser IN (0, me.oid)
                          OR u.umuser = me.oid AND has_server_privilege(s.oid, 'USAGE') AS seen
                   FROM pg_user_mappings u
                   JOIN pg_foreign_server s ON s.oid = u.srvid
                   JOIN pg_roles me ON me.rolname = current_user) m
             LEFT JOIN LATERAL unnest(m.umoptions) AS option ON m.seen) AS user_mappings,
       -- Only who may read the connection may name its column: the query that does is run where that is so.
       ARRAY(SELECT quote_ident(s.subname) || said.more
             FROM pg_subscription s
             CROSS JOIN LATERAL (VALUES
                 (': ' || CASE WHEN s.subenabled THEN 'enabled' ELSE 'disabled' END),
                 (': slot ' || coalesce(quote_ident(s.subslotname), 'none')),
                 (': publications ' || (SELECT string_agg(quote_ident(p), ', ' ORDER BY p COLLATE "C") FROM unnest(s.subpublications) AS p)),
                 (': synchronous commit ' || s.subsynccommit),
                 (': by ' || quote_ident(pg_get_userbyid(s.subowner))),
                 (E'\n' || CASE WHEN has_column_privilege('pg_subscription', 'subconninfo', 'SELECT')
                                THEN 'connection=' || (SELECT word FROM ts_stat(
                                    'SELECT pg_catalog.array_to_tsvector(ARRAY[pg_catalog.md5(subconninfo)])
                                     FROM pg_catalog.pg_subscription WHERE oid OPERATOR(pg_catalog.=) ' || s.oid::text))
                                ELSE '(not shown to this role)' END)) AS said (more)
             WHERE s.subdbid = d.oid AND said.more IS NOT NULL) AS subscriptions,
       ARRAY(SELECT CASE WHEN x.grantee = 0 THEN 'public' WHEN x.grantee = g.owner THEN 'owner'
                         WHEN pg_get_userbyid(x.grantee) = 'owner' THEN '"owner"'
                         ELSE quote_ident(pg_get_userbyid(x.grantee)) END
                    || CASE WHEN x.has THEN ': ' ELSE ': no ' END || x.privilege_type
                    || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                    || ' on ' || o.type || ' ' || replace(o.identity, quote_ident(g.nspname) || '.', '')
                    || ' of ' || quote_ident(g.extname)
             FROM changed g
             CROSS JOIN LATERAL pg_identify_object(g.classid, g.objid, g.objsubid) AS o
             CROSS JOIN LATERAL (
                 (SELECT grantee, privilege_type, is_grantable AND grantee <> g.owner AS is_grantable, true AS has FROM aclexplode(g.now)
                  EXCEPT SELECT grantee, privilege_type, is_grantable AND grantee <> g.owner, true FROM aclexplode(g.given))
                 UNION ALL
                 (SELECT grantee, privilege_type, is_grantable AND grantee <> g.owner, false FROM aclexplode(g.given)
                  EXCEPT SELECT grantee, privilege_type, is_grantable AND grantee <> g.owner, false FROM aclexplode(g.now))) AS x) AS member_grants,
       ARRAY(SELECT quote_ident(e.extname) || ': ' || coalesce(said.description, '')
             FROM pg_extension e
             LEFT JOIN pg_description said ON said.classoid = 'pg_extension'::regclass AND said.objoid = e.oid) AS extension_comments,
       (SELECT array_agg(quote_literal(p.gid) || ' by ' || quote_ident(p.owner) || ' since '
                         || to_char(p.prepared AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
                         || coalesce(', holds locks on ' || (
                             SELECT string_agg(DISTINCT quote_ident(n.nspname) || '.' || quote_ident(c.relname), ', ')
                             FROM pg_locks own JOIN pg_locks l ON l.pid IS NULL AND l.virtualtransaction = own.virtualtransaction
                             JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
                             WHERE own.pid IS NULL AND own.transactionid = p.transaction AND l.database = d.oid AND n.nspname <> 'pg_catalog'), ''))
        FROM pg_prepared_xacts p
        WHERE p.database = d.datname AND p.prepared < statement_timestamp() - interval '1 minute') AS prepared_transactions
FROM pg_database d
WHERE d.datname = current_database()
