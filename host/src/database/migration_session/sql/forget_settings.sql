-- Has all settings again as they were when the session began, those of nobody's making too, which no view shows.
-- The sign goes with the transaction; what keeps what happens outside of it from writing stays, and so does what
-- notices that the host is gone. The driver speaks UTF-8 whatever a pooler's sessions began with.
DO $$
DECLARE
    sign CONSTANT text := pg_catalog.current_setting('application_name');
    latch CONSTANT text := pg_catalog.current_setting('default_transaction_read_only');
    look CONSTANT text := pg_catalog.current_setting('client_connection_check_interval');
BEGIN
    RESET ALL;
    PERFORM pg_catalog.set_config('application_name', sign, true),
            pg_catalog.set_config('default_transaction_read_only', latch, false),
            pg_catalog.set_config('client_connection_check_interval', look, false),
            pg_catalog.set_config('client_encoding', 'UTF8', false);
END
$$
