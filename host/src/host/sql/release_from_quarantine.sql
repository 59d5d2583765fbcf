-- Can this file be released on all hosts? ($1 sha256, $2 when)
UPDATE tenon.quarantine SET released = $2 WHERE sha256 = $1 AND released IS NULL
