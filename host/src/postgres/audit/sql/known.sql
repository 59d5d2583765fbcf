-- Is this event in the chain already? ($1 heal, $2 event)
SELECT EXISTS (SELECT FROM tenon.audit WHERE heal = $1 AND event = $2) AS known
