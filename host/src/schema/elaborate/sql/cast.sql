-- How would the catalog reading tell of a cast between these types by this function? ($1 source, $2 target, $3 function)
SELECT CASE WHEN sn.nspname <> 'pg_catalog' THEN sn.nspname
            WHEN tn.nspname <> 'pg_catalog' THEN tn.nspname ELSE coalesce(fn.nspname, 'pg_catalog') END AS schema,
       format_type(s.oid, NULL) || ' AS ' || format_type(t.oid, NULL) AS name,
       f.oid::regprocedure::text AS function
FROM pg_type s
JOIN pg_namespace sn ON sn.oid = s.typnamespace
JOIN pg_type t ON t.oid = $2
JOIN pg_namespace tn ON tn.oid = t.typnamespace
LEFT JOIN pg_proc f ON f.oid = $3
LEFT JOIN pg_namespace fn ON fn.oid = f.pronamespace
WHERE s.oid = $1
