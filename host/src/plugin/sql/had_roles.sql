-- Has a heal made login roles here?
SELECT EXISTS (
    SELECT FROM tenon.audit s JOIN tenon.audit e ON e.heal = s.heal
    WHERE e.event = 'succeeded' AND e.body::json ->> 'left' IS DISTINCT FROM 'rolled_back'
      AND s.body::json -> 'roles' IS NOT NULL
)
