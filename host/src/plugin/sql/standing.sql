-- What may the roles do, besides reading and writing rows, as which plugins' statements run? ($1 what the names of the
-- plugins' login roles end with, else this session's role; $2 extensions that are known to reach out of the database)
WITH acting AS (
    SELECT r.*, quote_ident(r.rolname) AS name
    FROM pg_roles r
    WHERE CASE WHEN $1::text IS NULL THEN r.rolname IN (current_user, session_user)
               ELSE r.rolname LIKE 'tenon\_%\_' || $1 AND r.rolcanlogin END
),
beyond AS (
    SELECT a.name || ' ' || v.told AS told, 'ALTER ROLE ' || a.name || ' ' || v.word || coalesce(', or ' || v.instead, '') AS remedy
    FROM acting a,
         LATERAL (VALUES (a.rolsuper, 'is a superuser', 'NOSUPERUSER', 'serve as another role (database.url) and heal as this one (database.heal_url)'),
                         (a.rolcreaterole AND NOT a.rolsuper, 'may make roles', 'NOCREATEROLE', NULL),
                         (a.rolreplication AND NOT a.rolsuper, 'may replicate', 'NOREPLICATION', NULL)) AS v (holds, told, word, instead)
    WHERE v.holds
    UNION ALL
    SELECT a.name || ' is a member of ' || g.rolname, 'REVOKE ' || g.rolname || ' FROM ' || a.name
    FROM acting a
    JOIN pg_roles g ON g.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
    WHERE NOT a.rolsuper AND pg_has_role(a.oid, g.oid, 'MEMBER')
    UNION ALL
    SELECT a.name || ' owns tables in ' || string_agg(DISTINCT quote_ident(n.nspname), ', '),
           'ALTER TABLE … OWNER TO another role, as which to heal (database.heal_url)'
    FROM acting a, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT a.rolsuper AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relpersistence <> 't'
      AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND pg_has_role(a.oid, c.relowner, 'MEMBER')
      -- As that one a plugin changes its own tables, where an administrator allows it.
      AND NOT ($1 IS NOT NULL AND pg_get_userbyid(c.relowner) = a.rolname || '_owner')
    GROUP BY a.name
    UNION ALL
    SELECT a.name || ' finds the host''s own tables by its search path (' || s.setting || ')',
           'ALTER ROLE ' || a.name || ' SET search_path = public'
    FROM acting a, LATERAL (SELECT reset_val AS setting FROM pg_settings WHERE name = 'search_path' AND $1 IS NULL) s
    WHERE a.rolname = 'tenon' AND s.setting ~ '[$]user' OR s.setting ~ '(^|[^a-z_0-9$])tenon([^a-z_0-9$]|$)'
),
member AS (
    SELECT e.oid, e.extname, d.classid, d.objid
    FROM pg_extension e
    JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
),
-- A role reaches what may be called, and foreign servers and what makes them.
reaching (name, does, remedy, reached) AS (
    SELECT 'language ' || quote_ident(l.lanname), 'runs any code on the server',
           'DROP LANGUAGE, or REVOKE EXECUTE on what is written in it',
           EXISTS (SELECT FROM acting a, pg_proc p WHERE p.prolang = l.oid AND has_function_privilege(a.oid, p.oid, 'EXECUTE'))
    FROM pg_language l WHERE l.lanispl AND NOT l.lanpltrusted
    UNION ALL
    SELECT 'foreign-data wrapper ' || quote_ident(f.fdwname), 'opens connections or files on the server',
           'REVOKE USAGE on it and its servers',
           EXISTS (SELECT FROM acting a WHERE has_foreign_data_wrapper_privilege(a.oid, f.oid, 'USAGE')
                                           OR EXISTS (SELECT FROM pg_foreign_server s
                                                      WHERE s.srvfdw = f.oid AND has_server_privilege(a.oid, s.oid, 'USAGE')))
    FROM pg_foreign_data_wrapper f
    WHERE f.fdwhandler <> 0
    UNION ALL
    SELECT 'extension ' || quote_ident(e.extname), 'opens connections or runs programs',
           'DROP EXTENSION, or REVOKE EXECUTE on its functions from PUBLIC',
           EXISTS (SELECT FROM acting a, member m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
                   WHERE m.oid = e.oid AND has_function_privilege(a.oid, p.oid, 'EXECUTE'))
    FROM pg_extension e WHERE e.extname = ANY ($2::text[])
)
SELECT told, remedy, true AS degrades FROM beyond
UNION ALL
SELECT name || ' ' || does || CASE WHEN reached THEN '' ELSE ', which these roles do not reach' END, remedy, reached FROM reaching
ORDER BY 1
