-- Normalization: every account, old or new, has an id that may be shown, and nothing counts on the number
-- behind it any more.
ALTER TABLE identity.account ADD COLUMN public_id uuid;

UPDATE identity.account SET public_id = gen_random_uuid() WHERE public_id IS NULL;

ALTER TABLE identity.account
    ALTER COLUMN public_id SET DEFAULT gen_random_uuid(),
    ALTER COLUMN public_id SET NOT NULL,
    ADD CONSTRAINT account_public_id_key UNIQUE (public_id);
