-- How large are these relations, with all that inherits from them? ($1 schemas, $2 names)
WITH RECURSIVE tree AS (
    SELECT asked.schema, asked.name, c.oid
    FROM unnest($1::text[], $2::text[]) AS asked (schema, name)
    JOIN pg_catalog.pg_namespace n ON n.nspname = asked.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = asked.name
    UNION
    SELECT tree.schema, tree.name, i.inhrelid
    FROM tree
    JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid
)
SELECT tree.schema,
       tree.name,
       -- Before the first ANALYZE only the counters of the running server know of rows.
       sum(CASE WHEN c.reltuples < 0 THEN pg_catalog.pg_stat_get_live_tuples(c.oid)
                ELSE c.reltuples END)::pg_catalog.int8 AS rows,
       -- NULL is a relation that was dropped meanwhile. A sequence is its one row.
       sum(coalesce(pg_catalog.pg_relation_size(c.oid), 0))::pg_catalog.int8 AS main,
       sum(coalesce(pg_catalog.pg_table_size(c.oid), 0))::pg_catalog.int8 AS bytes,
       sum(coalesce(pg_catalog.pg_indexes_size(c.oid), 0))::pg_catalog.int8 AS index_bytes
FROM tree
JOIN pg_catalog.pg_class c ON c.oid = tree.oid
GROUP BY tree.schema, tree.name
