-- Can it be kept how far messages were made? ($1 the last one, $2 of the audit log, $3 and $4 of the verdict)
UPDATE tenon.notification_cursor SET number = $1, audit_seq = $2, verdict_at = $3, verdict = $4
