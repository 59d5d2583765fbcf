-- Has anything in the ledger changed?
SELECT (SELECT count(*) || ',' || coalesce(sum(xmin::text::bigint), 0) FROM tenon.migration) || ' '
       || (SELECT count(*) || ',' || coalesce(sum(xmin::text::bigint), 0) FROM tenon.reading) AS token
