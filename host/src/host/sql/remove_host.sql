-- Can it be known that this host serves no more? ($1 id)
DELETE FROM tenon.host WHERE id = $1
