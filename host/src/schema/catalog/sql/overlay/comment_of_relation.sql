-- What is said in comments on the relations of these schemas, and on what stands on them? ($1 schemas)
-- Few objects have one, so the comments come first; those that initdb makes are on objects below 16384.
-- What is said of a part that is no object of its own, such as a view's column or the index of a constraint, is told
-- with the whole: first what is said of that, then a line for each part; other lines begin with a tab. No dump keeps
-- what is said of a foreign key that a partition has from its table.
WITH said AS MATERIALIZED (
    SELECT d.classoid, d.objoid, d.objsubid, d.description
    FROM pg_description d
    WHERE d.objoid >= 16384
)
SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind,
       n.nspname AS schema, NULL::name AS relation, c.relname AS name, d.description AS comment,
       NULL::text AS index_comment, NULL::text AS not_null_comment
FROM said d
JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::name[]) AND c.relkind IN ('r', 'p', 'f', 'S')
UNION ALL
SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized_view' END,
       n.nspname, NULL, c.relname,
       string_agg(coalesce(E'\n' || quote_ident(a.attname) || ': ', '') || replace(d.description, E'\n', E'\n\t'), ''
                  ORDER BY d.objsubid), NULL, NULL
FROM said d
JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
WHERE n.nspname = ANY ($1::name[]) AND c.relkind IN ('v', 'm')
GROUP BY c.relkind, n.nspname, c.relname
UNION ALL
SELECT 'column', n.nspname, c.relname, a.attname, d.description, NULL, NULL
FROM said d
JOIN pg_attribute a ON d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::name[]) AND c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT CASE WHEN k.oid IS NULL THEN 'index' ELSE 'constraint' END, n.nspname, t.relname, coalesce(k.conname, c.relname),
       CASE WHEN k.oid IS NULL THEN d.description END, CASE WHEN k.oid IS NOT NULL THEN d.description END, NULL
FROM said d
JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
LEFT JOIN pg_constraint k ON k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
WHERE n.nspname = ANY ($1::name[])
UNION ALL
SELECT CASE WHEN a.attname IS NULL THEN 'constraint' ELSE 'column' END, n.nspname, c.relname, coalesce(a.attname, k.conname),
       CASE WHEN a.attname IS NULL THEN d.description END, NULL, CASE WHEN a.attname IS NOT NULL THEN d.description END
FROM said d
JOIN pg_constraint k ON d.classoid = 'pg_constraint'::regclass AND d.objoid = k.oid AND d.objsubid = 0
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON k.contype = 'n' AND a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
WHERE n.nspname = ANY ($1::name[]) AND NOT (k.contype = 'f' AND k.conparentid <> 0)
UNION ALL
SELECT 'trigger', n.nspname, c.relname, t.tgname, d.description, NULL, NULL
FROM said d
JOIN pg_trigger t ON d.classoid = 'pg_trigger'::regclass AND d.objoid = t.oid AND d.objsubid = 0
JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::name[])
UNION ALL
SELECT 'policy', n.nspname, c.relname, p.polname, d.description, NULL, NULL
FROM said d
JOIN pg_policy p ON d.classoid = 'pg_policy'::regclass AND d.objoid = p.oid AND d.objsubid = 0
JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::name[])
UNION ALL
SELECT 'rule', n.nspname, c.relname, r.rulename, d.description, NULL, NULL
FROM said d
JOIN pg_rewrite r ON d.classoid = 'pg_rewrite'::regclass AND d.objoid = r.oid AND d.objsubid = 0
JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::name[])
UNION ALL
SELECT 'statistics', n.nspname, c.relname,
       CASE WHEN s.stxnamespace = c.relnamespace THEN s.stxname::text ELSE quote_ident(sn.nspname) || '.' || s.stxname::text END,
       d.description, NULL, NULL
FROM said d
JOIN pg_statistic_ext s ON d.classoid = 'pg_statistic_ext'::regclass AND d.objoid = s.oid AND d.objsubid = 0
JOIN pg_class c ON c.oid = s.stxrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_namespace sn ON sn.oid = s.stxnamespace
WHERE n.nspname = ANY ($1::name[])
