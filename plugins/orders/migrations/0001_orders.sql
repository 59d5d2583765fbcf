-- Orders of accounts for items.
-- tenon:requires identity/0002_public_id.sql
-- tenon:requires inventory/0001_items.sql
CREATE SCHEMA orders;

CREATE TABLE orders.purchase (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id uuid NOT NULL REFERENCES identity.account (public_id),
    placed_at timestamptz NOT NULL DEFAULT now(),
    note text
);

CREATE INDEX purchase_account_idx ON orders.purchase (account_id, placed_at DESC);

CREATE TABLE orders.line (
    purchase_id uuid NOT NULL REFERENCES orders.purchase (id) ON DELETE CASCADE,
    line_no smallint NOT NULL,
    item_id bigint NOT NULL REFERENCES inventory.item (id),
    qty integer NOT NULL CHECK (qty > 0),
    unit_price numeric(12,2) NOT NULL,
    PRIMARY KEY (purchase_id, line_no)
);

CREATE INDEX line_item_idx ON orders.line (item_id);
