-- In how many seconds is any of these jobs due? ($1 plugins, $2 names)
SELECT min(extract(epoch FROM
           CASE WHEN j.run IS NOT NULL
                    THEN CASE WHEN NOT j.paused THEN coalesce(l.until, clock_timestamp()) END
                WHEN j.tick_at IS NOT NULL THEN CASE WHEN NOT j.paused THEN j.retry_at END
                ELSE least(j.asked_at, CASE WHEN NOT j.paused THEN j.next_at END) END
           - clock_timestamp()))::float8 AS due_in
FROM tenon.job j
JOIN unnest($1::text[], $2::text[]) AS mine (plugin, name) ON mine.plugin = j.plugin AND mine.name = j.name
LEFT JOIN tenon.job_lease l ON l.run = j.run
