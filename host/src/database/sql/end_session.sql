-- Ends the session whose transaction has this id, if there is one ($1)
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_xid = $1::text::xid8::xid
