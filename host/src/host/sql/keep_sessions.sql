-- Can these sessions be known to all hosts, besides what is known of them already? ($1 ids, $2 accounts, $3 ways to
-- log in, $4 since when, $5 seen last, $6 addresses, $7 browsers, $8 whether they have ended)
INSERT INTO tenon.session AS s (id, account, method, since, last_seen, address, agent, ended)
SELECT n.id, n.account, n.method, n.since, n.last_seen, n.address, n.agent,
       CASE WHEN n.ended THEN pg_catalog.now() END
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.uuid[]), pg_catalog.unnest($2::pg_catalog.text[]),
                pg_catalog.unnest($3::pg_catalog.text[]), pg_catalog.unnest($4::pg_catalog.timestamptz[]),
                pg_catalog.unnest($5::pg_catalog.timestamptz[]), pg_catalog.unnest($6::pg_catalog.text[]),
                pg_catalog.unnest($7::pg_catalog.text[]), pg_catalog.unnest($8::pg_catalog.bool[]))
     AS n (id, account, method, since, last_seen, address, agent, ended)
ORDER BY n.id
ON CONFLICT (id) DO UPDATE SET last_seen = greatest(s.last_seen, excluded.last_seen),
                               ended = coalesce(s.ended, excluded.ended)
