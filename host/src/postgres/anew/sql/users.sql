-- What has to be changed, or has to go for a moment, for an enum type to be made anew? ($1 schema, $2 name)
-- What depends on something is told after it, by its depth.
WITH RECURSIVE me AS (
    SELECT t.oid, t.typarray
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
    WHERE n.nspname OPERATOR(pg_catalog.=) $1::pg_catalog.name AND t.typname OPERATOR(pg_catalog.=) $2::pg_catalog.name
      AND t.typtype OPERATOR(pg_catalog.=) 'e'::"char"
),
users (classid, objid, objsubid, depth) AS (
    SELECT d.classid, d.objid, d.objsubid, 1
    FROM me JOIN pg_catalog.pg_depend d ON d.refobjid OPERATOR(pg_catalog.=) me.oid OR d.refobjid OPERATOR(pg_catalog.=) me.typarray
    WHERE d.refclassid OPERATOR(pg_catalog.=) 1247::pg_catalog.oid
      AND NOT (d.classid OPERATOR(pg_catalog.=) 1247::pg_catalog.oid AND d.objid OPERATOR(pg_catalog.=) me.typarray)
    UNION
    SELECT more.classid, more.objid, more.objsubid, u.depth OPERATOR(pg_catalog.+) 1
    FROM users u CROSS JOIN LATERAL (
        SELECT d.classid, d.objid, d.objsubid
        FROM pg_catalog.pg_depend d
        WHERE d.refclassid OPERATOR(pg_catalog.=) u.classid AND d.refobjid OPERATOR(pg_catalog.=) u.objid
          AND (u.objsubid OPERATOR(pg_catalog.=) 0 OR d.refobjsubid OPERATOR(pg_catalog.=) u.objsubid)
          -- A view's own rule leads back to the view.
          AND NOT (d.classid OPERATOR(pg_catalog.=) 2618::pg_catalog.oid
                   AND EXISTS (SELECT FROM pg_catalog.pg_rewrite r
                               WHERE r.oid OPERATOR(pg_catalog.=) d.objid AND r.ev_class OPERATOR(pg_catalog.=) u.objid
                                 AND u.classid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid
                                 AND r.rulename OPERATOR(pg_catalog.=) '_RETURN'::pg_catalog.name))
        UNION ALL
        SELECT 1259::pg_catalog.oid, r.ev_class, 0
        FROM pg_catalog.pg_rewrite r
        WHERE u.classid OPERATOR(pg_catalog.=) 2618::pg_catalog.oid AND r.oid OPERATOR(pg_catalog.=) u.objid
          AND r.rulename OPERATOR(pg_catalog.=) '_RETURN'::pg_catalog.name
    ) AS more
    WHERE u.depth OPERATOR(pg_catalog.<) 20
),
deepest AS (
    SELECT u.classid, u.objid, u.objsubid, pg_catalog.max(u.depth) AS depth, pg_catalog.min(u.depth) AS nearest
    FROM users u GROUP BY u.classid, u.objid, u.objsubid
),
told (depth, kind, schema, relation, name, is_array) AS (
    -- Columns, but for those of views, and for those that are inherited.
    SELECT u.depth, CASE c.relkind WHEN 'c' THEN 'attribute' ELSE 'column' END, n.nspname, c.relname, a.attname::pg_catalog.text,
           a.atttypid OPERATOR(pg_catalog.=) me.typarray
    FROM me, deepest u
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) u.objid
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum::pg_catalog.int4 OPERATOR(pg_catalog.=) u.objsubid
    WHERE u.classid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid AND u.objsubid OPERATOR(pg_catalog.>) 0 AND u.nearest OPERATOR(pg_catalog.=) 1
      AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'f', 'c']::"char"[]) AND a.attinhcount::pg_catalog.int4 OPERATOR(pg_catalog.=) 0
    UNION ALL
    SELECT u.depth, CASE WHEN a.attgenerated OPERATOR(pg_catalog.<>) ''::"char" THEN 'generated column' ELSE 'default' END,
           n.nspname, c.relname, a.attname::pg_catalog.text, false
    FROM deepest u
    JOIN pg_catalog.pg_attrdef f ON f.oid OPERATOR(pg_catalog.=) u.objid
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) f.adrelid
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.=) f.adnum
    WHERE u.classid OPERATOR(pg_catalog.=) 2604::pg_catalog.oid AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'f']::"char"[])
    UNION ALL
    SELECT u.depth, CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized_view' END, n.nspname, NULL, c.relname::pg_catalog.text, false
    FROM deepest u
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) u.objid
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE u.classid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid AND u.objsubid OPERATOR(pg_catalog.=) 0
      AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['v', 'm']::"char"[])
    UNION ALL
    -- Only an index that names a value of the type; all others are built anew by themselves.
    SELECT u.depth, 'index', n.nspname, t.relname, c.relname::pg_catalog.text, false
    FROM deepest u
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) u.objid
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    JOIN pg_catalog.pg_index i ON i.indexrelid OPERATOR(pg_catalog.=) c.oid
    JOIN pg_catalog.pg_class t ON t.oid OPERATOR(pg_catalog.=) i.indrelid AND t.relkind OPERATOR(pg_catalog.<>) 'm'::"char"
    WHERE u.classid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
      AND NOT c.relispartition
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid OPERATOR(pg_catalog.=) c.oid)
    UNION ALL
    SELECT u.depth, 'constraint', n.nspname, c.relname, k.conname::pg_catalog.text, false
    FROM deepest u
    JOIN pg_catalog.pg_constraint k ON k.oid OPERATOR(pg_catalog.=) u.objid
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) k.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE u.classid OPERATOR(pg_catalog.=) 2606::pg_catalog.oid AND k.conparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
      AND k.coninhcount::pg_catalog.int4 OPERATOR(pg_catalog.=) 0
      AND (k.contype OPERATOR(pg_catalog.=) 'f'::"char"
           OR k.contype OPERATOR(pg_catalog.=) ANY (ARRAY['c', 'x']::"char"[]) AND u.nearest OPERATOR(pg_catalog.=) 1)
    UNION ALL
    SELECT u.depth, CASE p.prokind WHEN 'a' THEN 'aggregate' ELSE 'function' END, n.nspname, NULL,
           p.proname::pg_catalog.text OPERATOR(pg_catalog.||) '(' OPERATOR(pg_catalog.||) pg_catalog.oidvectortypes(p.proargtypes) OPERATOR(pg_catalog.||) ')', false
    FROM deepest u
    JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) u.objid
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
    WHERE u.classid OPERATOR(pg_catalog.=) 1255::pg_catalog.oid
    UNION ALL
    SELECT u.depth, 'trigger', n.nspname, c.relname, t.tgname::pg_catalog.text, false
    FROM deepest u
    JOIN pg_catalog.pg_trigger t ON t.oid OPERATOR(pg_catalog.=) u.objid
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.tgrelid
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE u.classid OPERATOR(pg_catalog.=) 2620::pg_catalog.oid AND NOT t.tgisinternal AND t.tgparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
    UNION ALL
    SELECT u.depth, 'policy', n.nspname, c.relname, p.polname::pg_catalog.text, false
    FROM deepest u
    JOIN pg_catalog.pg_policy p ON p.oid OPERATOR(pg_catalog.=) u.objid
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) p.polrelid
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE u.classid OPERATOR(pg_catalog.=) 3256::pg_catalog.oid
    UNION ALL
    SELECT u.depth, 'rule', n.nspname, c.relname, r.rulename::pg_catalog.text, false
    FROM deepest u
    JOIN pg_catalog.pg_rewrite r ON r.oid OPERATOR(pg_catalog.=) u.objid AND r.rulename OPERATOR(pg_catalog.<>) '_RETURN'::pg_catalog.name
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) r.ev_class
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE u.classid OPERATOR(pg_catalog.=) 2618::pg_catalog.oid
    UNION ALL
    -- What cannot be made anew in this way: domains, ranges, casts, operators.
    SELECT u.depth, 'other', 'pg_catalog'::pg_catalog.name, NULL, pg_catalog.pg_describe_object(u.classid, u.objid, u.objsubid), false
    FROM deepest u
    WHERE NOT u.classid OPERATOR(pg_catalog.=) ANY (ARRAY[1259, 2604, 2606, 1255, 2620, 3256, 2618]::pg_catalog.oid[])
      AND NOT (u.classid OPERATOR(pg_catalog.=) 3381::pg_catalog.oid)
      AND NOT (u.classid OPERATOR(pg_catalog.=) 1247::pg_catalog.oid
               AND EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.oid OPERATOR(pg_catalog.=) u.objid
                             AND (t.typrelid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
                                  OR EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray OPERATOR(pg_catalog.=) t.oid AND e.typrelid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid))))
)
SELECT t.kind, t.schema::pg_catalog.text AS schema, t.relation::pg_catalog.text AS relation, t.name, t.is_array
FROM told t
ORDER BY t.depth DESC, t.kind, t.schema, t.relation, t.name
