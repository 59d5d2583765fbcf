-- Can it be kept what became of a message that this host held? ($1 number, $2 target, $3 attempts, $4 when it is
-- tried next, $5 when it was delivered, $6 why it was not)
INSERT INTO tenon.notification_delivery (number, target, attempts, next_at, delivered_at, error)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
