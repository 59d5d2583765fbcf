CREATE SCHEMA teller;

CREATE TABLE teller.heard (
    event  uuid   PRIMARY KEY,
    number bigint NOT NULL
);
