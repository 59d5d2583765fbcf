-- What do the domains of these schemas allow? ($1 schemas)
-- From PostgreSQL 18 on NOT NULL is a constraint with a name, as of columns.
SELECT n.nspname AS schema, NULL::name AS relation, t.typname AS name,
       format_type(t.typbasetype, t.typtypmod) AS data_type,
       CASE WHEN t.typcollation <> b.typcollation
            THEN quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END AS collation,
       t.typnotnull AS not_null,
       (SELECT CASE WHEN right(rtrim(k.conname::text, '0123456789'), 9) = '_not_null' THEN '(automatic)' ELSE quote_ident(k.conname) END
        FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'n') AS not_null_name,
       pg_get_expr(t.typdefaultbin, 0) AS "default",
       ARRAY(SELECT quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid)
             FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'
             ORDER BY k.conname) AS checks,
       pg_get_userbyid(t.typowner)::text AS owner
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type b ON b.oid = t.typbasetype
LEFT JOIN pg_collation co ON co.oid = t.typcollation
LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
WHERE n.nspname = ANY ($1::name[])
  AND t.typtype = 'd'
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
