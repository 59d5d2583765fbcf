-- How are the targets? ($1 their names)
SELECT t.name,
       (SELECT count(*) FROM tenon.notification_delivery d WHERE d.target = t.name AND d.next_at IS NOT NULL) AS pending,
       (SELECT count(*) FROM tenon.notification_delivery d
        WHERE d.target = t.name AND d.next_at IS NULL AND d.delivered_at IS NULL) AS given_up,
       (SELECT max(d.delivered_at) FROM tenon.notification_delivery d WHERE d.target = t.name) AS delivered_at,
       (SELECT extract(epoch FROM min(d.next_at) - now())::float8 FROM tenon.notification_delivery d
        WHERE d.target = t.name) AS due_in,
       EXISTS (SELECT FROM tenon.notification n WHERE n.number > t.number) AS has_news,
       t.leased_until > now() AND t.holder IS NOT NULL AS is_leased
FROM tenon.notification_target t
WHERE t.name = ANY ($1)
