-- What are the versions of the rows of these relations, and of those whose indexes are named? ($1 OIDs of relations)
-- Each as among all marks; those that are no part of a reading have no name, and what concerns no relation is told
-- as relation 0.
part (oid, relation) AS MATERIALIZED (
    SELECT p.oid, r.relation
    FROM (SELECT DISTINCT coalesce(i.indrelid, o.oid) AS relation
          FROM unnest($1::oid[]) AS o (oid) LEFT JOIN pg_index i ON i.indexrelid = o.oid) r
    LEFT JOIN pg_class c ON c.oid = r.relation,
         LATERAL (SELECT r.relation AS oid
                  UNION ALL SELECT i.indexrelid FROM pg_index i WHERE i.indrelid = r.relation AND c.relkind IS DISTINCT FROM 't'
                  UNION ALL SELECT i.indexrelid FROM pg_index i WHERE i.indrelid = c.reltoastrelid) p
)
SELECT CASE WHEN c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 't') THEN p.relation ELSE 0 END AS relation,
       CASE WHEN c.relkind <> 't' AND c.relpersistence <> 't' THEN n.nspname END AS schema, c.relname AS name,
       sum(v.count)::bigint AS count, bit_xor(v.hash) AS hash
FROM (SELECT oid, count(*), bit_xor(hashtidextended(ctid, (catalog::bigint << 32) + xmin::text::bigint)) AS hash
      FROM of_relation WHERE oid = ANY (ARRAY(SELECT oid FROM part)) GROUP BY oid) v
JOIN part p ON p.oid = v.oid
LEFT JOIN pg_class c ON c.oid = p.relation
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
GROUP BY p.relation, c.relkind, c.relpersistence, n.nspname, c.relname
