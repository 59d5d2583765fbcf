-- Can messages be forgotten that are older than a month, with their deliveries?
WITH old AS (DELETE FROM tenon.notification WHERE at < now() - interval '30 days' RETURNING number)
DELETE FROM tenon.notification_delivery WHERE number IN (SELECT number FROM old)
