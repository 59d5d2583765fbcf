BEGIN
    PERFORM set_config('ten' || 'on.caller', 'eve', false);
    RETURN tenon.caller();
END
