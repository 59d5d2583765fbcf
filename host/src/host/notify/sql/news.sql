-- Is there anything of which no message was made yet?
SELECT NOT EXISTS (SELECT FROM tenon.notification_cursor)
    OR EXISTS (SELECT FROM tenon.notification_cursor c
               WHERE c.audit_seq < (SELECT max(a.seq) FROM tenon.audit a)
                  OR EXISTS (SELECT FROM tenon.verdict v WHERE v.at > c.verdict_at)) AS news
