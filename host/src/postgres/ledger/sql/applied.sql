-- Which migrations were applied, in the order in which they were?
SELECT plugin, filename, checksum FROM tenon.migration ORDER BY applied_at, plugin, filename
