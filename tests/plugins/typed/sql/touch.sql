
BEGIN
    NEW.touched := now();
    RETURN NEW;
END
