-- Which foreign servers are there, and how are they reached? ($1 schemas, of no concern here)
SELECT ''::name AS schema, NULL::name AS relation, s.srvname AS name,
       w.fdwname::text AS wrapper,
       s.srvtype AS server_type,
       s.srvversion AS version,
       CASE WHEN s.srvoptions IS NOT NULL
            THEN ARRAY(SELECT option FROM unnest(s.srvoptions) AS option ORDER BY option COLLATE "C") END AS options,
       pg_get_userbyid(s.srvowner)::text AS owner
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
WHERE $1::name[] IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_foreign_server'::regclass AND d.objid = s.oid AND d.deptype = 'e')
