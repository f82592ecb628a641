-- One SQL text for SQLite and PostgreSQL. Columns are text and bigint only: the driver that
-- speaks to both reads no booleans on SQLite. Times are milliseconds since 1970, UTC; a
-- nullable time stands where a flag would. Ids are UUIDv7 as text.

create table facts (
    name text primary key not null,
    value text not null
);

-- app_key and token are encrypted, bound to the row's id.
create table teams (
    id text primary key not null,
    slug text not null,
    name text not null,
    region text not null,
    app_key text,
    token text,
    created_at bigint not null,
    removed_at bigint
);
create unique index teams_slug on teams (slug) where removed_at is null;

create table users (
    id text primary key not null,
    username text not null unique,
    display_name text not null,
    password_hash text not null,
    site_admin_at bigint,
    disabled_at bigint,
    created_at bigint not null
);

create table memberships (
    user_id text not null references users (id),
    team_id text not null references teams (id),
    role text not null,
    created_at bigint not null,
    primary key (user_id, team_id)
);
create index memberships_team on memberships (team_id);

-- id_hash: SHA-256 of the id in the cookie, so that a copy of this table opens no session.
create table sessions (
    id_hash text primary key not null,
    user_id text,
    data text not null,
    expires_at bigint not null
);
create index sessions_user on sessions (user_id);
create index sessions_expiry on sessions (expires_at);

-- Attempts to sign in that have not succeeded. id: a hash of what they are counted by.
create table attempts (
    id text primary key not null,
    failures bigint not null,
    last_at bigint not null
);

-- What was asked of the API, written down before it is called.
-- token: the one-time token of the form; selection: a hash of what was asked.
create table control_requests (
    id text primary key not null,
    team_id text not null references teams (id),
    user_id text not null references users (id),
    action text not null,
    token text not null unique,
    selection text not null,
    asked_at bigint not null,
    touched_at bigint not null,
    finished_at bigint
);
create index control_requests_team on control_requests (team_id, asked_at);

create table control_items (
    request_id text not null references control_requests (id),
    position bigint not null,
    item_id text not null,
    kind text not null,
    name text not null,
    address text not null,
    servers bigint not null,
    state text not null,
    reason text,
    message text,
    settled_at bigint,
    primary key (request_id, position)
);

-- Who did what. No foreign keys: it outlives what it speaks of. Rows are only added; hash is the
-- SHA-256 over a row and the hash of the row before it, and the fact 'audit-head' names the last one.
create table audit (
    position bigint primary key not null,
    at bigint not null,
    actor_id text,
    actor_name text not null,
    -- the user that it was done to
    subject_id text,
    team_id text,
    action text not null,
    object text not null,
    outcome text not null,
    control_request_id text,
    request_id text,
    address text,
    hash text not null
);
create index audit_team on audit (team_id, position);
create index audit_actor on audit (actor_id, position);
create index audit_subject on audit (subject_id, position);
insert into facts (name, value) values ('audit-head', '0:');
