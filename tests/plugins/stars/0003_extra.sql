ALTER TABLE stars.item ADD COLUMN extra text;
