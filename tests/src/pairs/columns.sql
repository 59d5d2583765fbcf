-- Which tables keep rows, with which columns, of which types, below which others, and of which type as a whole?
SELECT n.nspname::text, c.relname::text, format('%I.%I', n.nspname, c.relname),
       coalesce(array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL), '{}'),
       coalesce(array_agg(format_type(a.atttypid, NULL) ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL), '{}'),
       ARRAY(WITH RECURSIVE above AS (
                 SELECT inhparent FROM pg_inherits WHERE inhrelid = c.oid
                 UNION SELECT i.inhparent FROM above JOIN pg_inherits i ON i.inhrelid = above.inhparent)
             SELECT quote_ident(an.nspname) || '.' || quote_ident(ac.relname) FROM above
             JOIN pg_class ac ON ac.oid = inhparent JOIN pg_namespace an ON an.oid = ac.relnamespace),
       coalesce(CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END, '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
GROUP BY c.oid, n.nspname, c.relname
