-- What is said in comments on all other objects of these schemas, and on those that stand in none? ($1 schemas)
-- Of a type and its parts: first what is said of the type, then a line for each part; other lines begin with a tab.
WITH said AS MATERIALIZED (
    SELECT d.classoid, d.objoid, d.objsubid, d.description
    FROM pg_description d
    WHERE d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass
)
SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite' ELSE 'range' END AS kind,
       n.nspname AS schema, NULL::name AS relation, t.typname::text AS name,
       string_agg(coalesce(E'\n' || quote_ident(p.part) || ': ', '') || replace(p.description, E'\n', E'\n\t'), ''
                  ORDER BY p.place, p.part COLLATE "C") AS comment
FROM (SELECT d.objoid, 0 AS place, NULL::name AS part, d.description
      FROM said d WHERE d.classoid = 'pg_type'::regclass AND d.objsubid = 0
      UNION ALL
      SELECT k.contypid, 1, k.conname, d.description
      FROM said d JOIN pg_constraint k ON d.classoid = 'pg_constraint'::regclass AND d.objoid = k.oid AND k.contypid <> 0
      UNION ALL
      SELECT c.reltype, a.attnum, a.attname, d.description
      FROM said d JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND c.relkind = 'c'
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid) p
JOIN pg_type t ON t.oid = p.objoid
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname = ANY ($1::name[]) AND t.typtype IN ('e', 'd', 'c', 'r')
GROUP BY t.typtype, n.nspname, t.typname
UNION ALL
SELECT CASE p.prokind WHEN 'a' THEN 'aggregate' ELSE 'function' END, n.nspname, NULL, p.proname || '(' || oidvectortypes(p.proargtypes) || ')', d.description
FROM said d
JOIN pg_proc p ON d.classoid = 'pg_proc'::regclass AND d.objoid = p.oid AND d.objsubid = 0
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = ANY ($1::name[])
UNION ALL
SELECT 'operator', n.nspname, NULL,
       o.oprname || '(' || CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) ELSE 'NONE' END
                 || ', ' || format_type(o.oprright, NULL) || ')', d.description
FROM said d
JOIN pg_operator o ON d.classoid = 'pg_operator'::regclass AND d.objoid = o.oid AND d.objsubid = 0
JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE n.nspname = ANY ($1::name[])
UNION ALL
SELECT 'operator_class', n.nspname, NULL, o.opcname || ' USING ' || am.amname, d.description
FROM said d
JOIN pg_opclass o ON d.classoid = 'pg_opclass'::regclass AND d.objoid = o.oid AND d.objsubid = 0
JOIN pg_am am ON am.oid = o.opcmethod JOIN pg_namespace n ON n.oid = o.opcnamespace
WHERE n.nspname = ANY ($1::name[])
UNION ALL
SELECT 'operator_family', n.nspname, NULL, o.opfname || ' USING ' || am.amname, d.description
FROM said d
JOIN pg_opfamily o ON d.classoid = 'pg_opfamily'::regclass AND d.objoid = o.oid AND d.objsubid = 0
JOIN pg_am am ON am.oid = o.opfmethod JOIN pg_namespace n ON n.oid = o.opfnamespace
WHERE n.nspname = ANY ($1::name[])
UNION ALL
SELECT 'collation', n.nspname, NULL, o.collname::text, d.description
FROM said d
JOIN pg_collation o ON d.classoid = 'pg_collation'::regclass AND d.objoid = o.oid AND d.objsubid = 0
JOIN pg_namespace n ON n.oid = o.collnamespace
WHERE n.nspname = ANY ($1::name[])
UNION ALL
SELECT 'text_search_dictionary', n.nspname, NULL, o.dictname::text, d.description
FROM said d
JOIN pg_ts_dict o ON d.classoid = 'pg_ts_dict'::regclass AND d.objoid = o.oid AND d.objsubid = 0
JOIN pg_namespace n ON n.oid = o.dictnamespace
WHERE n.nspname = ANY ($1::name[])
UNION ALL
SELECT 'text_search_configuration', n.nspname, NULL, o.cfgname::text, d.description
FROM said d
JOIN pg_ts_config o ON d.classoid = 'pg_ts_config'::regclass AND d.objoid = o.oid AND d.objsubid = 0
JOIN pg_namespace n ON n.oid = o.cfgnamespace
WHERE n.nspname = ANY ($1::name[])
UNION ALL
SELECT 'schema', '', NULL, n.nspname::text, d.description
FROM said d
JOIN pg_namespace n ON d.classoid = 'pg_namespace'::regclass AND d.objoid = n.oid AND d.objsubid = 0
WHERE n.nspname = ANY ($1::name[])
UNION ALL
SELECT 'foreign_server', '', NULL, o.srvname::text, d.description FROM said d
JOIN pg_foreign_server o ON d.classoid = 'pg_foreign_server'::regclass AND d.objoid = o.oid AND d.objsubid = 0
UNION ALL
SELECT 'event_trigger', '', NULL, o.evtname::text, d.description FROM said d
JOIN pg_event_trigger o ON d.classoid = 'pg_event_trigger'::regclass AND d.objoid = o.oid AND d.objsubid = 0
UNION ALL
SELECT 'publication', '', NULL, o.pubname::text, d.description FROM said d
JOIN pg_publication o ON d.classoid = 'pg_publication'::regclass AND d.objoid = o.oid AND d.objsubid = 0
UNION ALL
SELECT 'cast', CASE WHEN sn.nspname <> 'pg_catalog' THEN sn.nspname
                    WHEN tn.nspname <> 'pg_catalog' THEN tn.nspname ELSE coalesce(fn.nspname, 'pg_catalog') END,
       NULL, format_type(k.castsource, NULL) || ' AS ' || format_type(k.casttarget, NULL), d.description
FROM said d
JOIN pg_cast k ON d.classoid = 'pg_cast'::regclass AND d.objoid = k.oid
JOIN pg_type s ON s.oid = k.castsource JOIN pg_namespace sn ON sn.oid = s.typnamespace
JOIN pg_type t ON t.oid = k.casttarget JOIN pg_namespace tn ON tn.oid = t.typnamespace
LEFT JOIN pg_proc f ON f.oid = k.castfunc LEFT JOIN pg_namespace fn ON fn.oid = f.pronamespace
WHERE CASE WHEN sn.nspname <> 'pg_catalog' THEN sn.nspname
           WHEN tn.nspname <> 'pg_catalog' THEN tn.nspname ELSE coalesce(fn.nspname, 'pg_catalog') END = ANY ($1::name[] || 'pg_catalog'::name)
