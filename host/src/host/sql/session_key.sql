-- With which key are the cookies of sessions sealed?
SELECT k.key FROM tenon.session_key k
