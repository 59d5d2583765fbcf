-- Has any row of the catalogs changed that readings rest on, and if so, of which relations? ($1 the horizon)
-- A row version is known by its place and its xmin: a change of a row, an added and a removed one each move the
-- count or the hash. What initdb made (OIDs below 16384) is not read. Statistics and sizes are updated in place
-- and move nothing. A version that was not seen before is of the horizon's transaction or of a later one.
version AS (
    SELECT catalog, oid, ctid, xmin FROM of_relation
    UNION ALL SELECT catalog, 0, ctid, xmin FROM of_rest
)
SELECT count(*), coalesce(bit_xor(hashtidextended(ctid, (catalog::bigint << 32) + xmin::text::bigint)), 0) AS hash,
       bit_or(1::bigint << catalog) AS catalogs,
       (SELECT names FROM shared) AS shared,
       array_agg(DISTINCT oid) FILTER (WHERE age(xmin) <= age($1::text::xid)) AS fresh
FROM version
