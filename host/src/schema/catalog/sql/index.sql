-- Which indexes, that no constraint makes, stand on these schemas' tables and materialized views? ($1 schemas)
-- REINDEX CONCURRENTLY builds its transient copies under names ending in _ccnew and _ccold. They are passed
-- over while it runs on the table, or on one that this role may not be told; what it leaves behind is not.
SELECT n.nspname AS schema, t.relname AS relation, c.relname AS name,
       i.indisunique AS "unique",
       am.amname::text AS method,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true)
                    || CASE WHEN i.indcollation[k - 1] <> 0
                             AND i.indcollation[k - 1] <> CASE WHEN i.indkey[k - 1] = 0 THEN 100
                                                               ELSE a.attcollation END
                            THEN ' COLLATE ' || quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
                            ELSE '' END
                    || CASE WHEN oc.opcdefault
                             AND NOT EXISTS (SELECT FROM unnest(ia.attoptions) AS option WHERE NOT starts_with(option, 'pg_attver=')) THEN ''
                            ELSE ' ' || quote_ident(ocn.nspname) || '.' || quote_ident(oc.opcname) END
                    || CASE WHEN i.indoption[k - 1] & 1 = 1 THEN ' DESC' ELSE '' END
                    || CASE i.indoption[k - 1] & 3 WHEN 1 THEN ' NULLS LAST' WHEN 2 THEN ' NULLS FIRST' ELSE '' END
              FROM generate_series(1, i.indnkeyatts::int) AS k
              JOIN pg_opclass oc ON oc.oid = i.indclass[k - 1]
              JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace
              LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1]
              JOIN pg_attribute ia ON ia.attrelid = i.indexrelid AND ia.attnum = k
              LEFT JOIN pg_collation co ON co.oid = i.indcollation[k - 1]
              LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
              ORDER BY k) AS keys,
       CASE WHEN i.indnatts > i.indnkeyatts
            THEN ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS key (num, pos)
                       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = key.num
                       WHERE key.pos > i.indnkeyatts ORDER BY key.pos) END AS include,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       CASE WHEN i.indisunique THEN i.indnullsnotdistinct END AS nulls_not_distinct,
       CASE WHEN c.reloptions IS NOT NULL
            THEN ARRAY(SELECT option FROM unnest(c.reloptions) AS option ORDER BY option COLLATE "C") END AS options,
       (SELECT array_agg(o.attnum::text || ': ' || option ORDER BY o.attnum, option COLLATE "C")
        FROM pg_attribute o, unnest(o.attoptions) AS option
        WHERE o.attrelid = i.indexrelid AND NOT starts_with(option, 'pg_attver=')) AS key_options,
       (SELECT string_agg(o.attnum::text || ': ' || o.attstattarget::text, ', ' ORDER BY o.attnum) FROM pg_attribute o
        WHERE o.attrelid = i.indexrelid AND o.attstattarget >= 0) AS statistics_target,
       ts.spcname::text AS tablespace,
       i.indisvalid AND i.indisready AS valid,
       CASE WHEN NOT i.indislive THEN 'being dropped' END AS state,
       attached.name AS attached_to
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN (SELECT h.inhrelid, quote_ident(hn.nspname) || '.' || quote_ident(hc.relname) AS name
           FROM pg_inherits h
           JOIN pg_class hc ON hc.oid = h.inhparent AND hc.relkind = 'I'
           JOIN pg_namespace hn ON hn.oid = hc.relnamespace) attached ON attached.inhrelid = i.indexrelid
WHERE n.nspname = ANY ($1::name[])
  AND t.relkind IN ('r', 'p', 'm')
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
  AND NOT (NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
           AND EXISTS (SELECT FROM pg_stat_progress_create_index p
                       WHERE p.datid = (SELECT oid FROM pg_database WHERE datname = current_database())
                         AND (p.relid IS NULL OR p.relid IN (t.oid, t.reltoastrelid))))
