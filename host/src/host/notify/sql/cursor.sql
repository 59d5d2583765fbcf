-- How far were messages made? Until the transaction ends nobody else makes any
SELECT number, audit_seq, verdict_at, verdict FROM tenon.notification_cursor FOR UPDATE
