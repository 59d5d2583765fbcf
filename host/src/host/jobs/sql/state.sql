-- How did this attempt end? ($1 its id)
SELECT state FROM tenon.job_run WHERE id = $1
