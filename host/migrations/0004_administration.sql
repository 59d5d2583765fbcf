-- What administrators do besides healing stands in the audit log as well: one event for each action, under an
-- id of its own.
ALTER TABLE tenon.audit DROP CONSTRAINT IF EXISTS audit_event_check;

ALTER TABLE tenon.audit ADD CONSTRAINT audit_event_check
    CHECK (event IN ('started', 'transaction', 'retried', 'succeeded', 'failed', 'cancelled', 'action'));
