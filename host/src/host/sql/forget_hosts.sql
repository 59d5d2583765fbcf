-- Can hosts be forgotten that have said nothing for a day?
DELETE FROM tenon.host WHERE last_seen < pg_catalog.now() - interval '1 day'
