-- What are the versions of the rows of each relation, and of all that is no part of one?
-- A relation's are its own, those of its indexes and of its TOAST table's, and of all that stands on it. What concerns
-- none, and composite types, have the relation 0.
relation AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.reltoastrelid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND c.relpersistence <> 't'
),
part (oid, relation) AS (
    SELECT oid, oid FROM relation
    UNION ALL SELECT i.indexrelid, i.indrelid FROM pg_index i JOIN relation r ON r.oid = i.indrelid
    UNION ALL SELECT i.indexrelid, r.oid FROM pg_index i JOIN relation r ON r.reltoastrelid = i.indrelid
    UNION ALL SELECT oid, 0 FROM pg_class WHERE relkind = 'c' AND oid >= 16384
),
counted (relation, count, hash) AS (
    SELECT p.relation, v.count, v.hash
    FROM (SELECT oid, count(*), bit_xor(hashtidextended(ctid, (catalog::bigint << 32) + xmin::text::bigint)) AS hash
          FROM of_relation GROUP BY oid) v
    JOIN part p ON p.oid = v.oid
    UNION ALL
    SELECT 0, count(*), coalesce(bit_xor(hashtidextended(ctid, (catalog::bigint << 32) + xmin::text::bigint)), 0) FROM of_rest
)
SELECT c.relation, r.nspname AS schema, r.relname AS name, sum(c.count)::bigint AS count, bit_xor(c.hash) AS hash,
       CASE WHEN c.relation = 0 THEN (SELECT names FROM shared) END AS shared
FROM counted c LEFT JOIN relation r ON r.oid = c.relation
GROUP BY c.relation, r.nspname, r.relname
