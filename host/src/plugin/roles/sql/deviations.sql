-- In what do these roles differ from what they are to be? ($1 roles; $2 to $6 what each may use: its role, whether
-- that is its own plugin's, and kind, schema and name of the thing; $7 what the names of this database's roles end with;
-- $8 those of $1 that own things; $9 to $11 what these are to own: the role, and schema and name of the thing; $12 who
-- heals, if not this session's role; $13 whether he has the roles made by a function of the managed database's; $14 and
-- $15 which login roles are to be able to become which others, as far as these are there)
-- Objects are spelled with their schemas as long as search_path is pg_catalog. What everybody may, a role need not be
-- granted, and it is no concern of this query.
WITH me AS (
    SELECT oid, quote_ident(rolname) AS name, rolsuper, rolcreaterole, rolinherit,
           current_setting('server_version_num')::int >= 160000 AS since_16,
           CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END AS becomes
    FROM pg_roles WHERE rolname = coalesce($12, current_user)
),
-- What an owner role is to own whoever heals has to be able to hand over to it, and to change once it is.
owner AS (
    SELECT o.name AS role, r.oid, me.since_16, coalesce(me.name, quote_ident($12)) AS healer, me.rolinherit AS inherits,
           me.rolsuper OR pg_has_role(me.oid, r.oid, 'USAGE') AND pg_has_role(me.oid, r.oid, me.becomes) AS is_held,
           me.rolsuper OR $13
           OR CASE WHEN r.oid IS NULL THEN me.rolcreaterole
                   WHEN me.since_16 THEN pg_has_role(me.oid, r.oid, 'MEMBER WITH ADMIN OPTION')
                   ELSE me.rolcreaterole END AND (me.since_16 OR me.rolinherit) AS may_be_held
    FROM unnest($8::text[]) AS o (name) LEFT JOIN pg_roles r ON r.rolname = o.name LEFT JOIN me ON true
),
asked AS (
    SELECT r.name AS role, r.name = ANY ($8::text[]) AS owns, a.*
    FROM unnest($1::text[]) AS r (name) LEFT JOIN pg_roles a ON a.rolname = r.name
    WHERE NOT EXISTS (SELECT FROM owner o WHERE o.role = r.name AND (o.is_held OR o.may_be_held) IS NOT TRUE)
),
owned AS (
    SELECT o.role, 'pg_class'::regclass AS class, r.oid, r.relowner AS owner, quote_ident(n.nspname) AS schema,
           CASE r.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'c' THEN 'TYPE'
                          ELSE 'TABLE' END AS noun,
           r.oid::regclass::text AS name
    FROM unnest($9::text[], $10::text[], $11::text[]) AS o (role, schema, name)
    JOIN pg_namespace n ON n.nspname = o.schema
    JOIN pg_class r ON r.relnamespace = n.oid AND r.relname = o.name AND r.relkind IN ('v', 'm', 'r', 'p', 'f', 'S', 'c')
    -- A sequence of a column goes with its table.
    WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE r.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = r.oid
                                                AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))
    UNION
    SELECT o.role, 'pg_type'::regclass, t.oid, t.typowner, quote_ident(n.nspname), 'TYPE', format_type(t.oid, NULL)
    FROM unnest($9::text[], $10::text[], $11::text[]) AS o (role, schema, name)
    JOIN pg_namespace n ON n.nspname = o.schema
    JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = o.name AND t.typtype IN ('e', 'd', 'r')
    UNION
    SELECT o.role, 'pg_proc'::regclass, p.oid, p.proowner, quote_ident(n.nspname), 'ROUTINE', p.oid::regprocedure::text
    FROM unnest($9::text[], $10::text[], $11::text[]) AS o (role, schema, name)
    JOIN pg_namespace n ON n.nspname = o.schema
    JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = o.name
),
claim AS (
    SELECT * FROM unnest($2::text[], $3::bool[], $4::text[], $5::text[], $6::text[]) AS c (role, own, kind, schema, name)
    WHERE c.role IN (SELECT role FROM asked)
),
-- The owner roles as which plugins may change their schemas, with the login roles that act as them.
changing AS (
    SELECT DISTINCT o.role AS owner, o.oid AS owner_oid, left(o.role, -length('_owner')) AS role
    FROM claim c JOIN owner o ON o.role = c.role WHERE c.kind = 'schema to change'
),
-- The login roles that are to be able to become another, and that one.
becoming AS (
    SELECT c.role, c.owner AS other, c.owner_oid AS other_oid, ', as which its routes change its tables' AS why FROM changing c
    UNION ALL
    SELECT b.role, b.called, r.oid, ', as which functions run that its plugin calls'
    FROM unnest($14::text[], $15::text[]) AS b (role, called) JOIN asked a ON a.role = b.role
    JOIN pg_roles r ON r.rolname = b.called
),
relation AS (
    SELECT c.role, c.own, r.oid, r.relkind
    FROM claim c
    JOIN pg_namespace n ON n.nspname = c.schema
    JOIN pg_class r ON r.relnamespace = n.oid AND r.relname = c.name
    WHERE c.kind = 'table' AND r.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
),
with_sequences AS (
    SELECT * FROM relation
    UNION
    SELECT r.role, r.own, s.oid, s.relkind
    FROM relation r
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid AND d.refobjsubid > 0
                    AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
),
wanted (role, class, object, privilege) AS (
    SELECT role, 'pg_class'::regclass::oid, oid,
           unnest(CASE WHEN relkind = 'm' THEN '{SELECT}'
                       WHEN relkind = 'S' AND own THEN '{SELECT,UPDATE,USAGE}'
                       WHEN relkind = 'S' THEN '{SELECT,USAGE}'
                       WHEN relkind IN ('r', 'p', 'f') AND own THEN '{DELETE,INSERT,SELECT,TRUNCATE,UPDATE}'
                       ELSE '{DELETE,INSERT,SELECT,UPDATE}' END::text[])
    FROM with_sequences
    UNION
    SELECT c.role, 'pg_proc'::regclass, p.oid, 'EXECUTE'
    FROM claim c JOIN pg_namespace n ON n.nspname = c.schema
    JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = c.name
    WHERE c.kind = 'function' AND c.own
    UNION
    SELECT c.role, 'pg_type'::regclass, t.oid, 'USAGE'
    FROM claim c JOIN pg_namespace n ON n.nspname = c.schema
    JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = c.name
    LEFT JOIN pg_class r ON r.oid = t.typrelid
    WHERE c.kind = 'table' AND (t.typtype IN ('e', 'd', 'r') OR r.relkind = 'c')
    UNION
    SELECT c.role, 'pg_namespace'::regclass, n.oid, 'USAGE'
    FROM claim c LEFT JOIN pg_extension e ON c.kind = 'extension' AND e.extname = c.name
    JOIN pg_namespace n ON n.oid = e.extnamespace
                        OR n.nspname = CASE c.kind WHEN 'extension' THEN NULL WHEN 'schema' THEN c.name ELSE c.schema END
    WHERE n.nspname <> 'pg_catalog'
      -- Of the host's own there is nothing to be called before its migration.
      AND (n.nspname <> 'tenon' OR EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = n.oid AND p.proname = c.name))
    UNION
    SELECT c.role, 'pg_namespace'::regclass, n.oid, 'CREATE'
    FROM claim c JOIN pg_namespace n ON n.nspname = c.name WHERE c.kind = 'schema to change'
    UNION
    SELECT a.role, 'pg_database'::regclass, d.oid, 'CONNECT'
    FROM asked a, pg_database d WHERE d.datname = current_database() AND NOT a.owns
),
-- On what each role has rights stands here, but not which; so does what it owns. What it may in other databases
-- its plugin cannot reach: no statement leads from one to another.
held AS (
    SELECT a.role, a.oid AS role_oid, d.classid, d.objid, d.objsubid, d.deptype
    FROM asked a JOIN pg_shdepend d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = a.oid
    WHERE d.deptype IN ('a', 'o') AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
),
object AS (
    SELECT class, object AS oid FROM wanted UNION SELECT classid, objid FROM held WHERE deptype = 'a'
),
listed (class, oid, owner, acl, noun, name) AS (
    SELECT o.class, o.oid, c.relowner,
           coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)),
           CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass::text
    FROM object o JOIN pg_class c ON o.class = 'pg_class'::regclass AND c.oid = o.oid
    UNION ALL
    SELECT o.class, o.oid, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner)), 'ROUTINE', p.oid::regprocedure::text
    FROM object o JOIN pg_proc p ON o.class = 'pg_proc'::regclass AND p.oid = o.oid
    UNION ALL
    SELECT o.class, o.oid, t.typowner, coalesce(t.typacl, acldefault('T', t.typowner)), 'TYPE', format_type(t.oid, NULL)
    FROM object o JOIN pg_type t ON o.class = 'pg_type'::regclass AND t.oid = o.oid
    UNION ALL
    SELECT o.class, o.oid, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner)), 'SCHEMA', quote_ident(n.nspname)
    FROM object o JOIN pg_namespace n ON o.class = 'pg_namespace'::regclass AND n.oid = o.oid
    UNION ALL
    SELECT o.class, o.oid, d.datdba, coalesce(d.datacl, acldefault('d', d.datdba)), 'DATABASE', quote_ident(d.datname)
    FROM object o JOIN pg_database d ON o.class = 'pg_database'::regclass AND d.oid = o.oid
),
granted AS (
    SELECT l.class, l.oid, x.grantor, x.grantee, x.privilege_type AS privilege, x.privilege_type AS spelled,
           x.is_grantable
    FROM listed l, aclexplode(l.acl) x
    UNION ALL
    SELECT h.classid, h.objid, x.grantor, x.grantee, NULL, x.privilege_type || ' (' || quote_ident(a.attname) || ')', x.is_grantable
    FROM held h JOIN pg_attribute a ON h.classid = 'pg_class'::regclass AND a.attrelid = h.objid AND a.attnum = h.objsubid
    CROSS JOIN aclexplode(a.attacl) x
    WHERE h.objsubid > 0 AND x.grantee = h.role_oid
),
lacking AS (
    SELECT w.role, w.class, w.object, string_agg(w.privilege, ', ' ORDER BY w.privilege COLLATE "C") AS privileges
    FROM wanted w LEFT JOIN asked a ON a.role = w.role
    WHERE NOT EXISTS (SELECT FROM granted g WHERE g.class = w.class AND g.oid = w.object AND g.privilege = w.privilege
                                              AND (g.grantee = 0 OR g.grantee = a.oid))
    GROUP BY w.role, w.class, w.object
),
beyond AS (
    SELECT a.role, g.class, g.oid AS object, g.grantor, string_agg(DISTINCT g.spelled, ', ') AS privileges,
           -- What it has granted to others goes with its right to.
           CASE WHEN bool_or(g.is_grantable) THEN ' CASCADE' ELSE '' END AS along
    FROM granted g JOIN asked a ON a.oid = g.grantee
    -- An owner may what it may whatever it is granted.
    WHERE NOT EXISTS (SELECT FROM listed l WHERE l.class = g.class AND l.oid = g.oid AND l.owner = a.oid)
      AND (g.is_grantable OR NOT EXISTS (SELECT FROM wanted w WHERE w.role = a.role AND w.class = g.class
                                                               AND w.object = g.oid AND w.privilege = g.privilege))
    GROUP BY a.role, g.class, g.oid, g.grantor
)
SELECT * FROM (
SELECT role, 'absent' AS what, 'does not exist' AS told, NULL AS sql FROM asked WHERE oid IS NULL
UNION ALL
SELECT a.role, 'attribute', v.told, 'ALTER ROLE ' || quote_ident(a.role) || ' ' || v.word
FROM asked a, LATERAL (VALUES (a.rolsuper, 'is a superuser', 'NOSUPERUSER'), (a.rolcreaterole, 'may make roles', 'NOCREATEROLE'),
                              (a.rolcreatedb, 'may make databases', 'NOCREATEDB'), (a.rolreplication, 'may replicate', 'NOREPLICATION'),
                              (a.rolbypassrls, 'passes row security by', 'NOBYPASSRLS'), (a.rolinherit, 'inherits rights', 'NOINHERIT'),
                              (NOT a.rolcanlogin AND NOT a.owns, 'may not log in', 'LOGIN'), (a.rolcanlogin AND a.owns, 'may log in', 'NOLOGIN'),
                              (coalesce(a.rolvaliduntil < 'infinity', false), 'is valid for a time only', 'VALID UNTIL ''infinity''')) AS v (wrong, told, word)
WHERE v.wrong
UNION ALL
SELECT a.role, 'member', 'is a member of ' || quote_ident(pg_get_userbyid(m.roleid)),
       'REVOKE ' || quote_ident(pg_get_userbyid(m.roleid)) || ' FROM ' || quote_ident(a.role)
       -- From PostgreSQL 16 on each grantor's grant is one of its own, and so are those that depend on it.
       || CASE WHEN current_setting('server_version_num')::int < 160000 THEN ''
               ELSE ' GRANTED BY ' || quote_ident(pg_get_userbyid(m.grantor)) || ' CASCADE' END
FROM asked a JOIN pg_auth_members m ON m.member = a.oid
WHERE m.admin_option OR coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, false)
   OR NOT EXISTS (SELECT FROM becoming b WHERE b.role = a.role AND b.other_oid = m.roleid)
UNION ALL
-- Before all else: what comes then is handed to it.
SELECT o.role, 'held', 'is none that the role that heals may use',
       'GRANT ' || quote_ident(o.role) || ' TO ' || o.healer || CASE WHEN o.since_16 THEN ' WITH INHERIT TRUE, SET TRUE' ELSE '' END
FROM owner o JOIN asked a ON a.role = o.role
WHERE o.is_held IS NOT TRUE
UNION ALL
-- Where there is nothing yet that it is to own, there is nothing to tell.
SELECT o.role, 'kept',
       CASE WHEN NOT EXISTS (SELECT FROM owned w WHERE w.role = o.role) THEN '' ELSE
       CASE WHEN o.oid IS NULL THEN 'CREATE ROLE ' || quote_ident(o.role) || ' NOLOGIN NOINHERIT; ' ELSE '' END
       || CASE WHEN o.since_16 OR o.inherits THEN '' ELSE 'ALTER ROLE ' || o.healer || ' INHERIT; ' END
       || 'GRANT ' || quote_ident(o.role) || ' TO ' || o.healer || ' WITH '
       || CASE WHEN o.since_16 THEN 'ADMIN TRUE, INHERIT TRUE, SET TRUE' ELSE 'ADMIN OPTION' END END, NULL
FROM owner o
WHERE o.role NOT IN (SELECT role FROM asked)
UNION ALL
SELECT b.role, 'joins', 'cannot become ' || quote_ident(b.other) || b.why,
       'GRANT ' || quote_ident(b.other) || ' TO ' || quote_ident(b.role)
       || CASE WHEN me.since_16 THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END
FROM becoming b CROSS JOIN me LEFT JOIN pg_roles r ON r.rolname = b.role
WHERE pg_has_role(r.oid, b.other_oid, me.becomes) IS NOT TRUE
UNION ALL
-- In the managed database sessions begin as the owner role.
SELECT s.role, 'acts', CASE WHEN s.wanted IS NULL THEN 'acts as ' || quote_ident(s.found) ELSE 'does not act as ' || quote_ident(s.wanted) END,
       'ALTER ROLE ' || quote_ident(s.role) || ' IN DATABASE ' || quote_ident(current_database())
       || CASE WHEN s.wanted IS NULL THEN ' RESET role' ELSE ' SET role = ' || quote_literal(s.wanted) END
FROM (SELECT a.role, CASE WHEN $13 THEN NULL ELSE c.owner END AS wanted,
             (SELECT substr(setting, length('role=') + 1) FROM pg_db_role_setting d, unnest(d.setconfig) AS setting
              WHERE d.setrole = a.oid AND d.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND starts_with(setting, 'role=')) AS found
      FROM asked a LEFT JOIN changing c ON c.role = a.role WHERE NOT a.owns) s
WHERE s.found IS DISTINCT FROM s.wanted AND (s.wanted IS NOT NULL OR s.found = s.role || '_owner')
UNION ALL
SELECT b.role, 'beyond',
       b.privileges || ' on ' || lower(l.noun) || ' ' || l.name || CASE WHEN g.other THEN ' (by ' || g.name || ')' ELSE '' END,
       -- A superuser, too, revokes as the owner: what another has granted only that one can.
       CASE WHEN g.other THEN 'SET LOCAL ROLE ' || g.name || '; ' ELSE '' END
       || 'REVOKE ' || b.privileges || ' ON ' || l.noun || ' ' || l.name || ' FROM ' || quote_ident(b.role) || b.along
       || CASE WHEN g.other THEN '; RESET ROLE' ELSE '' END
FROM beyond b JOIN listed l ON l.class = b.class AND l.oid = b.object,
     LATERAL (SELECT b.grantor <> l.owner AS other, quote_ident(pg_get_userbyid(b.grantor)) AS name) g
UNION ALL
SELECT k.role, 'lacks', k.privileges || ' on ' || lower(l.noun) || ' ' || l.name,
       'GRANT ' || k.privileges || ' ON ' || l.noun || ' ' || l.name || ' TO ' || quote_ident(k.role)
FROM lacking k JOIN listed l ON l.class = k.class AND l.oid = k.object
UNION ALL
-- Whoever is to own something has to be let make things where it is, for that moment.
SELECT o.role, 'owner', lower(o.noun) || ' ' || o.name,
       'GRANT CREATE ON SCHEMA ' || o.schema || ' TO ' || quote_ident(o.role) || '; ALTER ' || o.noun || ' ' || o.name
       || ' OWNER TO ' || quote_ident(o.role)
       || CASE WHEN o.role IN (SELECT owner FROM changing) THEN ''
               ELSE '; REVOKE CREATE ON SCHEMA ' || o.schema || ' FROM ' || quote_ident(o.role) END
FROM owned o JOIN asked a ON a.role = o.role
WHERE o.owner IS DISTINCT FROM a.oid
UNION ALL
-- Large objects and what is temporary a plugin may well make.
SELECT h.role, 'owns',
       CASE WHEN h.deptype = 'o' THEN 'owns ' WHEN h.classid = 'pg_auth_members'::regclass THEN 'has granted '
            ELSE 'has rights on ' END || pg_describe_object(h.classid, h.objid, h.objsubid), NULL
FROM held h
WHERE (h.deptype = 'o' OR NOT EXISTS (SELECT FROM listed l WHERE l.class = h.classid AND l.oid = h.objid))
  AND NOT (h.deptype = 'o' AND h.classid = 'pg_largeobject'::regclass)
  -- So may an owner role own what its plugin's routes made in its schemas, and what they were once allowed to change.
  AND NOT (h.deptype = 'o' AND h.role IN (SELECT role FROM owner)
           AND (pg_identify_object(h.classid, h.objid, h.objsubid)).schema
               IN (SELECT quote_ident(CASE c.kind WHEN 'schema' THEN c.name ELSE c.schema END)
                   FROM claim c WHERE c.role = h.role AND c.own))
  AND coalesce((pg_identify_object(h.classid, h.objid, h.objsubid)).schema, '') NOT LIKE 'pg\_temp%'
UNION ALL
SELECT rolname, 'left', 'is of no plugin any more', NULL
FROM pg_roles WHERE rolname LIKE 'tenon\_%\_' || $7 AND rolname <> ALL ($1::text[])
) deviation
-- A membership that is taken may be one that stands in the way of another.
ORDER BY what <> 'held', what <> 'member', role, what, told
