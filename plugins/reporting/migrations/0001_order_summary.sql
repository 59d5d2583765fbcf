-- What was ordered by whom, for people who read.
-- tenon:requires identity/0002_public_id.sql
-- tenon:requires inventory/0001_items.sql
-- tenon:requires orders/0001_orders.sql
CREATE SCHEMA reporting;

CREATE VIEW reporting.order_summary AS
SELECT
    purchase.id AS order_id,
    purchase.placed_at,
    account.public_id AS account_id,
    account.display_name AS account_name,
    count(line.line_no) AS lines,
    sum(line.qty * line.unit_price) AS total,
    array_agg(item.sku ORDER BY line.line_no) AS skus
FROM orders.purchase
JOIN identity.account ON account.public_id = purchase.account_id
JOIN orders.line ON line.purchase_id = purchase.id
JOIN inventory.item ON item.id = line.item_id
GROUP BY purchase.id, account.public_id, account.display_name;
