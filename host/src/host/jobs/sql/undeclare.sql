-- Which jobs does this plugin have no more? ($1 plugin, $2 names of those that it has)
WITH gone AS (
    DELETE FROM tenon.job WHERE plugin = $1 AND name <> ALL ($2::text[]) AND run IS NULL RETURNING name
)
DELETE FROM tenon.job_run WHERE plugin = $1 AND name IN (SELECT name FROM gone)
