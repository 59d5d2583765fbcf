-- Items with their stock and price.
CREATE SCHEMA inventory;

CREATE TYPE inventory.state AS ENUM ('draft', 'active', 'retired');

CREATE TABLE inventory.item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku varchar(25) NOT NULL UNIQUE,
    name text NOT NULL,
    qty integer NOT NULL DEFAULT 0 CHECK (qty >= 0),
    price numeric(12,2) NOT NULL,
    state inventory.state NOT NULL DEFAULT 'draft',
    meta jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT item_price_is_positive CHECK (price > 0),
    CONSTRAINT item_active_has_name CHECK (state <> 'active' OR name <> '')
);
