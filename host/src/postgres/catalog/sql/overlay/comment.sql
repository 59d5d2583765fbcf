-- What is said in comments on the objects of these schemas? ($1 schemas)
WITH object (kind, schema, relation, name, classoid, objoid, objsubid) AS (
    SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized_view' WHEN 'S' THEN 'sequence' ELSE 'table' END,
           n.nspname, NULL::name, c.relname::text, 'pg_class'::regclass, c.oid, 0
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::name[]) AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
    UNION ALL
    SELECT 'column', n.nspname, c.relname, a.attname::text, 'pg_class'::regclass, c.oid, a.attnum
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::name[]) AND c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'index', n.nspname, t.relname, c.relname::text, 'pg_class'::regclass, c.oid, 0
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = ANY ($1::name[])
    UNION ALL
    SELECT 'constraint', n.nspname, c.relname, k.conname::text, 'pg_constraint'::regclass, k.oid, 0
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::name[])
    UNION ALL
    SELECT 'trigger', n.nspname, c.relname, t.tgname::text, 'pg_trigger'::regclass, t.oid, 0
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::name[])
    UNION ALL
    SELECT 'policy', n.nspname, c.relname, p.polname::text, 'pg_policy'::regclass, p.oid, 0
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::name[])
    UNION ALL
    SELECT 'rule', n.nspname, c.relname, r.rulename::text, 'pg_rewrite'::regclass, r.oid, 0
    FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::name[])
    UNION ALL
    SELECT 'statistics', n.nspname, c.relname, s.stxname::text, 'pg_statistic_ext'::regclass, s.oid, 0
    FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::name[])
    UNION ALL
    SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite' ELSE 'range' END,
           n.nspname, NULL, t.typname::text, 'pg_type'::regclass, t.oid, 0
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname = ANY ($1::name[]) AND t.typtype IN ('e', 'd', 'c', 'r')
    UNION ALL
    SELECT CASE p.prokind WHEN 'a' THEN 'aggregate' ELSE 'function' END, n.nspname, NULL, p.proname || '(' || oidvectortypes(p.proargtypes) || ')',
           'pg_proc'::regclass, p.oid, 0
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY ($1::name[])
    UNION ALL
    SELECT 'operator', n.nspname, NULL,
           o.oprname || '(' || CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) ELSE 'NONE' END
                     || ', ' || format_type(o.oprright, NULL) || ')', 'pg_operator'::regclass, o.oid, 0
    FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE n.nspname = ANY ($1::name[])
    UNION ALL
    SELECT 'operator_class', n.nspname, NULL, o.opcname || ' USING ' || am.amname, 'pg_opclass'::regclass, o.oid, 0
    FROM pg_opclass o JOIN pg_am am ON am.oid = o.opcmethod JOIN pg_namespace n ON n.oid = o.opcnamespace
    WHERE n.nspname = ANY ($1::name[])
    UNION ALL
    SELECT 'operator_family', n.nspname, NULL, o.opfname || ' USING ' || am.amname, 'pg_opfamily'::regclass, o.oid, 0
    FROM pg_opfamily o JOIN pg_am am ON am.oid = o.opfmethod JOIN pg_namespace n ON n.oid = o.opfnamespace
    WHERE n.nspname = ANY ($1::name[])
    UNION ALL
    SELECT 'collation', n.nspname, NULL, o.collname::text, 'pg_collation'::regclass, o.oid, 0
    FROM pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace WHERE n.nspname = ANY ($1::name[])
    UNION ALL
    SELECT 'text_search_dictionary', n.nspname, NULL, o.dictname::text, 'pg_ts_dict'::regclass, o.oid, 0
    FROM pg_ts_dict o JOIN pg_namespace n ON n.oid = o.dictnamespace WHERE n.nspname = ANY ($1::name[])
    UNION ALL
    SELECT 'text_search_configuration', n.nspname, NULL, o.cfgname::text, 'pg_ts_config'::regclass, o.oid, 0
    FROM pg_ts_config o JOIN pg_namespace n ON n.oid = o.cfgnamespace WHERE n.nspname = ANY ($1::name[])
    UNION ALL
    SELECT 'schema', '', NULL, n.nspname::text, 'pg_namespace'::regclass, n.oid, 0
    FROM pg_namespace n WHERE n.nspname = ANY ($1::name[])
    UNION ALL
    SELECT 'foreign_server', '', NULL, o.srvname::text, 'pg_foreign_server'::regclass, o.oid, 0 FROM pg_foreign_server o
    UNION ALL
    SELECT 'event_trigger', '', NULL, o.evtname::text, 'pg_event_trigger'::regclass, o.oid, 0 FROM pg_event_trigger o
    UNION ALL
    SELECT 'publication', '', NULL, o.pubname::text, 'pg_publication'::regclass, o.oid, 0 FROM pg_publication o
)
SELECT o.kind, o.schema, o.relation, o.name, d.description AS comment
FROM object o
JOIN pg_description d ON d.classoid = o.classoid AND d.objoid = o.objoid AND d.objsubid = o.objsubid
