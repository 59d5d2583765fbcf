-- Which row is the last of the chain?
SELECT seq, hash FROM tenon.audit ORDER BY seq DESC LIMIT 1
