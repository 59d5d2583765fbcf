-- Which settings do sessions of this database begin with, of all roles and of one?
SELECT CASE WHEN s.setrole OPERATOR(pg_catalog.<>) '0'::pg_catalog.oid THEN pg_catalog.pg_get_userbyid(s.setrole)::pg_catalog.text END AS role,
       pg_catalog.split_part(c, '=', 1) AS name,
       pg_catalog.substr(c, pg_catalog.strpos(c, '=') OPERATOR(pg_catalog.+) 1) AS value
FROM pg_catalog.pg_db_role_setting s
JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) s.setdatabase
CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c
WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
ORDER BY 1 NULLS FIRST, 2
