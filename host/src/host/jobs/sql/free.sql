-- This attempt has ended: no lease of it is needed ($1 its id). Those of hosts that could not say so go as well.
DELETE FROM tenon.job_lease WHERE run = $1 OR until < now() - interval '1 hour'
