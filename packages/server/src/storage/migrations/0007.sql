-- Browsers that are signed in are listed and revoked as tokens are; what they send is a cookie.
ALTER TABLE tokens ADD COLUMN kind TEXT NOT NULL DEFAULT 'token';  -- 'token', 'browser'
-- Of a browser that signed in by a token: its id. Without that token it is signed out.
ALTER TABLE tokens ADD COLUMN made_with TEXT;
