-- What are the columns of these schemas' tables? ($1 schemas)
-- The option pg_attver is the server's own bookkeeping (from 15.20 on): pg_dump leaves it out, and so do we.
-- From PostgreSQL 18 on NOT NULL is a constraint of contype 'n'. One that nobody names is called
-- table_column_not_null, also after the table or the column was renamed.
-- What a partition has from its table is never its own.
SELECT n.nspname AS schema, c.relname AS relation, a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS data_type,
       CASE WHEN a.attcollation <> t.typcollation
            THEN quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END AS collation,
       CASE WHEN a.attinhcount > 0 AND NOT a.attislocal AND NOT c.relispartition THEN true END AS inherited,
       a.attnotnull AS not_null,
       CASE WHEN right(rtrim(nn.conname::text, '0123456789'), 9) = '_not_null' THEN '(automatic)' ELSE quote_ident(nn.conname) END AS not_null_name,
       CASE WHEN NOT nn.convalidated THEN 'NOT VALID' END AS not_null_validated,
       CASE WHEN nn.connoinherit THEN true END AS not_null_no_inherit,
       CASE WHEN nn.coninhcount > 0 AND NOT nn.conislocal AND NOT c.relispartition THEN true END AS not_null_inherited,
       CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS "default",
       CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END AS identity,
       CASE WHEN a.attgenerated <> ''
            THEN pg_get_expr(d.adbin, d.adrelid)
                 || CASE a.attgenerated WHEN 's' THEN ' STORED' ELSE ' VIRTUAL' END END AS generated,
       CASE WHEN a.attstorage <> t.typstorage
            THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN'
                                   ELSE 'EXTENDED' END END AS storage,
       CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
       CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::text END AS statistics_target,
       CASE WHEN a.attoptions IS NOT NULL
            THEN (SELECT array_agg(option ORDER BY option COLLATE "C") FROM unnest(a.attoptions) AS option
                  WHERE NOT starts_with(option, 'pg_attver=')) END AS options,
       CASE WHEN a.attfdwoptions IS NOT NULL
            THEN ARRAY(SELECT option FROM unnest(a.attfdwoptions) AS option ORDER BY option COLLATE "C")
            END AS foreign_options
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_constraint nn ON nn.conrelid = CASE WHEN a.attnotnull THEN a.attrelid END AND nn.contype = 'n' AND nn.conkey[1] = a.attnum
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation co ON co.oid = a.attcollation
LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
WHERE n.nspname = ANY ($1::name[])
  AND c.relkind IN ('r', 'p', 'f')
  AND a.attnum > 0
  AND NOT a.attisdropped
