-- Can all hosts be told that something has changed? ($1 channel, $2 what is told)
SELECT pg_catalog.pg_notify($1, $2)
