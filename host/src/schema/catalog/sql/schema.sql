-- Which of these schemas are there? ($1 schemas)
SELECT ''::name AS schema, NULL::name AS relation, n.nspname AS name,
       pg_get_userbyid(n.nspowner)::text AS owner
FROM pg_namespace n
WHERE n.nspname = ANY ($1::name[])
