-- By which rules do the collations of these schemas sort? ($1 schemas)
-- The columns that hold the locale differ between server majors, so they are taken by name from the row's JSON.
SELECT n.nspname AS schema, NULL::name AS relation, c.collname AS name,
       CASE c.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'default' END AS provider,
       concat_ws(', ', j.r ->> 'colllocale', j.r ->> 'colliculocale',
                 'LC_COLLATE ' || c.collcollate, 'LC_CTYPE ' || c.collctype,
                 'RULES ' || (j.r ->> 'collicurules')) AS locale,
       c.collisdeterministic AS deterministic,
       pg_get_userbyid(c.collowner)::text AS owner
FROM pg_collation c
JOIN pg_namespace n ON n.oid = c.collnamespace
CROSS JOIN LATERAL (SELECT to_jsonb(c) AS r) j
WHERE n.nspname = ANY ($1::name[])
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_collation'::regclass AND d.objid = c.oid AND d.deptype = 'e')
