-- Has anything in the ledger changed?
SELECT (SELECT count(*)::text || ',' || coalesce(sum(xmin::text::bigint), 0)::text FROM tenon.migration) || ' '
       || (SELECT count(*)::text || ',' || coalesce(sum(xmin::text::bigint), 0)::text FROM tenon.reading) AS token
