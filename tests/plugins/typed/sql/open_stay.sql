SELECT "Guest" AS guest, mood FROM typed.stay WHERE NOT isempty(nights);
