-- Has any transaction been committed on this server?
-- Where the oldest running transaction is the next one to come (xmin = xmax), all that began have ended: as long
-- as the snapshot stays the same, none that writes has ended since. On a standby it is so too. A transaction
-- sees its own changes in no snapshot. The session tells that no crash has taken back a commit, whose number
-- another would then get. Prepared transactions are told by their age. What transactions before the horizon wrote can be
-- seen by now, if ever.
SELECT CASE WHEN pg_snapshot_xmin(s.now) = pg_snapshot_xmax(s.now) AND pg_current_xact_id_if_assigned() IS NULL
                 AND NOT EXISTS (SELECT FROM pg_prepared_xact())
            THEN concat_ws(' ', s.now::text, session.pid::text, session.backend_start::text, pg_is_in_recovery()::text) END AS snapshot,
       pg_snapshot_xmin(s.now)::xid::text AS horizon
FROM (SELECT pg_current_snapshot() AS now) AS s, pg_stat_get_activity(pg_backend_pid()) AS session
