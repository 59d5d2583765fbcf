-- Finding items by name, and the few that are for sale among the many that are not.
CREATE INDEX item_name_idx ON inventory.item (lower(name) text_pattern_ops);

CREATE INDEX item_active_idx ON inventory.item (sku) WHERE state = 'active';
