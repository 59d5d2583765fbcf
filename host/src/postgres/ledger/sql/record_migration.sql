-- Can this migration be written down as applied? ($1 plugin, $2 filename, $3 checksum, $4 checksum of its tokens, $5 heal, $6 milliseconds)
INSERT INTO tenon.migration (plugin, filename, checksum, tokens, heal, duration_ms) VALUES ($1, $2, $3, $4, $5, $6)
