-- Has nobody made anything in this database? What the managed cluster itself has there does not count, and neither does
-- what extensions have brought: some only a superuser makes, before anything is restored.
WITH extended (classid, objid) AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype OPERATOR(pg_catalog.=) 'e'
    UNION ALL
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, e.extnamespace FROM pg_catalog.pg_extension e
),
made (classid, objid) AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE NOT pg_catalog.starts_with(n.nspname, 'pg_')
      AND n.nspname OPERATOR(pg_catalog.<>) ALL (ARRAY['information_schema', 'tenon_cluster']::pg_catalog.name[])
      -- Sequences, indexes and rows of tables come and go with what they belong to.
      AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'v', 'm', 'f']::pg_catalog."char"[])
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE n.nspname OPERATOR(pg_catalog.=) 'public' AND c.relkind OPERATOR(pg_catalog.=) 'S'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
                        AND d.objid OPERATOR(pg_catalog.=) c.oid
                        AND d.deptype OPERATOR(pg_catalog.=) ANY (ARRAY['a', 'i']::pg_catalog."char"[]))
    UNION ALL
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid
    FROM pg_catalog.pg_namespace n
    WHERE NOT pg_catalog.starts_with(n.nspname, 'pg_')
      AND n.nspname OPERATOR(pg_catalog.<>) ALL (ARRAY['information_schema', 'tenon_cluster', 'public']::pg_catalog.name[])
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
    WHERE n.nspname OPERATOR(pg_catalog.=) 'public'
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
    WHERE n.nspname OPERATOR(pg_catalog.=) 'public'
      AND (t.typtype OPERATOR(pg_catalog.=) ANY (ARRAY['d', 'e', 'r']::pg_catalog."char"[])
           OR EXISTS (SELECT FROM pg_catalog.pg_class c
                      WHERE c.oid OPERATOR(pg_catalog.=) t.typrelid AND c.relkind OPERATOR(pg_catalog.=) 'c'))
    UNION ALL
    SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, p.oid FROM pg_catalog.pg_publication p
    UNION ALL
    SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, t.oid FROM pg_catalog.pg_event_trigger t
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, s.oid FROM pg_catalog.pg_foreign_server s
    UNION ALL
    SELECT 'pg_catalog.pg_largeobject'::pg_catalog.regclass, l.oid FROM pg_catalog.pg_largeobject_metadata l
)
SELECT NOT EXISTS (SELECT FROM made m
                   WHERE NOT EXISTS (SELECT FROM extended e
                                     WHERE e.classid OPERATOR(pg_catalog.=) m.classid
                                       AND e.objid OPERATOR(pg_catalog.=) m.objid))
