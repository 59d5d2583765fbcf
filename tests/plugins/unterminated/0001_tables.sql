CREATE SCHEMA unterminated;

COMMENT ON SCHEMA unterminated IS 'that never ends;
