-- Accounts, each with an e-mail address that no other has, whatever its case.
CREATE SCHEMA identity;

CREATE TABLE identity.account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL CHECK (email LIKE '%_@_%'),
    display_name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX account_email_idx ON identity.account (lower(email));
