-- Is this event in the chain already, or an end of the heal whose end it is? ($1 heal, $2 event, $3 attempt, $4 ends)
SELECT event FROM tenon.audit
WHERE heal = $1 AND (event = $2 AND attempt = $3 OR $2 = ANY ($4::text[]) AND event = ANY ($4::text[]))
