-- Forms that were sent when the session had ended, without the secrets in them, until their user
-- has signed in again. browser_hash: SHA-256 of what the cookie of the browser holds that sent it.
create table kept_forms (
    id text primary key not null,
    browser_hash text not null,
    -- whose session had ended; of nobody known: who signs in first in that browser
    user_id text,
    client text not null,
    address text not null,
    referrer text,
    has_token bigint not null,
    fields text not null,
    kept_at bigint not null
);
create index kept_forms_time on kept_forms (kept_at);
