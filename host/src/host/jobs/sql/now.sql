-- What is the time of this transaction?
SELECT now() AS now
