-- What does this role lack to make or change login roles? ($1 the roles; $2 a statement that changes each, as in a plan)
-- From PostgreSQL 16 on who may make roles may not change those that others made, nor give or take what they lack
-- themselves; and a membership is taken back in the name of whoever granted it.
WITH me AS (
    SELECT *, quote_ident(rolname) AS name, current_setting('server_version_num')::int >= 160000 AS since_16
    FROM pg_roles WHERE rolname = current_user AND NOT rolsuper
),
change AS (
    SELECT c.role, c.sql, r.oid, c.sql ~ '^(CREATE|ALTER) ROLE ' AS of_role
    FROM unnest($1::text[], $2::text[]) AS c (role, sql) LEFT JOIN pg_roles r ON r.rolname = c.role
)
SELECT DISTINCT c.role, 'the plugin''s login role has to be made or changed' AS reason,
       'ALTER ROLE ' || me.name || ' CREATEROLE; or have it made by somebody who may, with the SQL that '
       '`tenon plugin role` prints' AS remedy
FROM me, change c
WHERE c.of_role AND NOT me.rolcreaterole
UNION
SELECT c.role, 'the plugin''s login role has to be changed, and somebody else made it',
       'GRANT ' || quote_ident(c.role) || ' TO ' || me.name || ' WITH ADMIN TRUE, INHERIT FALSE, SET FALSE'
FROM me, change c
WHERE c.of_role AND me.since_16 AND c.oid IS NOT NULL AND NOT pg_has_role(c.oid, 'MEMBER WITH ADMIN OPTION')
UNION
SELECT c.role, 'the plugin''s login role has to act as ' || quote_ident(o.rolname) || ', and the role that heals may not let it', c.sql
FROM me, change c, pg_roles o
WHERE starts_with(c.sql, 'GRANT ' || quote_ident(o.rolname) || ' TO ' || quote_ident(c.role))
  AND NOT (pg_has_role(o.oid, 'MEMBER WITH ADMIN OPTION') OR me.rolcreaterole AND NOT me.since_16)
UNION
SELECT c.role, 'only a superuser may take this from the plugin''s login role', c.sql
FROM me, change c
WHERE CASE substring(c.sql FROM '^ALTER ROLE .* (NO[A-Z]+)$')
          WHEN 'NOSUPERUSER' THEN true
          WHEN 'NOREPLICATION' THEN NOT (me.since_16 AND me.rolreplication)
          WHEN 'NOBYPASSRLS' THEN NOT (me.since_16 AND me.rolbypassrls)
          WHEN 'NOCREATEDB' THEN me.since_16 AND NOT me.rolcreatedb
          ELSE false
      END
UNION
SELECT c.role, 'the role that heals may not take this membership back', c.sql
FROM me, change c
JOIN pg_auth_members m ON m.member = c.oid
JOIN pg_roles g ON g.oid = m.roleid
WHERE starts_with(c.sql, 'REVOKE ' || quote_ident(g.rolname) || ' FROM ')
  AND CASE WHEN g.rolsuper THEN true
           WHEN me.since_16 THEN NOT (pg_has_role(g.oid, 'MEMBER WITH ADMIN OPTION') AND pg_has_role(m.grantor, 'USAGE'))
                                 AND strpos(c.sql, ' GRANTED BY ' || quote_ident(pg_get_userbyid(m.grantor)) || ' ') > 0
           ELSE NOT (me.rolcreaterole OR pg_has_role(g.oid, 'MEMBER WITH ADMIN OPTION'))
      END
ORDER BY role, reason, remedy
