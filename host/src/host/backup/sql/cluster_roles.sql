-- The roles of the cluster but for PostgreSQL's and those that the host makes at each start ($1), as statements that
-- make them: all roles first, then who is a member of what. What is no statement yet is a setting.
WITH other AS (
    SELECT a.* FROM pg_authid a WHERE a.rolname !~ '^pg_' AND a.rolname <> ALL ($1::name[])
)
SELECT 1 AS place, o.rolname::text AS role,
       format('CREATE ROLE %I %s %s %s %s %s %s %s CONNECTION LIMIT %s', o.rolname,
              CASE WHEN o.rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END,
              CASE WHEN o.rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
              CASE WHEN o.rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END,
              CASE WHEN o.rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
              CASE WHEN o.rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END,
              CASE WHEN o.rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
              CASE WHEN o.rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END, o.rolconnlimit)
       || CASE WHEN o.rolpassword IS NOT NULL THEN format(' PASSWORD %L', o.rolpassword) ELSE '' END
       || CASE WHEN o.rolvaliduntil IS NOT NULL THEN format(' VALID UNTIL %L', o.rolvaliduntil) ELSE '' END AS sql,
       NULL::text AS name, NULL::text AS value
FROM other o
UNION ALL
SELECT 2, m.rolname::text,
       format('GRANT %I TO %I', r.rolname, m.rolname)
       || CASE WHEN $2 AND j ? 'set_option'
               THEN format(' WITH ADMIN %s, INHERIT %s, SET %s', upper(j ->> 'admin_option'), upper(j ->> 'inherit_option'),
                           upper(j ->> 'set_option'))
               WHEN (j ->> 'admin_option')::bool THEN ' WITH ADMIN OPTION' ELSE '' END,
       NULL, NULL
FROM pg_auth_members a
CROSS JOIN LATERAL to_jsonb(a) AS j
JOIN pg_roles r ON r.oid = a.roleid
JOIN pg_roles m ON m.oid = a.member
WHERE m.rolname !~ '^pg_'
UNION ALL
SELECT 3, r.rolname::text, NULL, split_part(c, '=', 1), substr(c, strpos(c, '=') + 1)
FROM pg_db_role_setting s
CROSS JOIN LATERAL unnest(s.setconfig) AS c
LEFT JOIN pg_roles r ON r.oid = s.setrole
WHERE s.setdatabase = 0
ORDER BY 1, 2 NULLS FIRST, 3
