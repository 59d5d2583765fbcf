-- How far is each sequence, and which column owns it?
SELECT n.nspname::text, c.relname::text,
       coalesce(pg_sequence_last_value(c.oid)::text, 'the start'),
       coalesce((SELECT ARRAY[tn.nspname, t.relname, a.attname]::text[]
                 FROM pg_depend d
                 JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
                 JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                 WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')), '{}')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
