-- Takes deliveries away that this host itself has heard ($1 plugin, $2 name, $3 the word of the lease, $4 their numbers)
SELECT tenon.event_done($1, $2, $3, $4)
