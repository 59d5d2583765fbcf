-- Which events do these plugins hear no more? ($1 plugins, $2 names and $3 plugins of what is heard, $4 for how many
-- seconds no host may have said that it is)
WITH gone AS (
    DELETE FROM tenon.event_listener l
    WHERE l.plugin = ANY ($1::text[]) AND l.declared_at < now() - $4 * interval '1 second'
      AND NOT EXISTS (SELECT FROM unnest($2::text[], $3::text[]) AS d (name, plugin)
                      WHERE d.name = l.name AND d.plugin = l.plugin)
    RETURNING l.name, l.plugin
)
DELETE FROM tenon.event_delivery d USING gone WHERE d.plugin = gone.plugin AND d.name = gone.name
