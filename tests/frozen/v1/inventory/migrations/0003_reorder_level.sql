-- The stock below which an item has to be ordered again.
ALTER TABLE inventory.item ADD COLUMN reorder_level integer NOT NULL DEFAULT 0 CHECK (reorder_level >= 0);

CREATE INDEX item_reorder_idx ON inventory.item (sku) WHERE qty < reorder_level;
