-- Can verdicts be forgotten that are older than a year?
DELETE FROM tenon.verdict WHERE at < now() - interval '1 year'
