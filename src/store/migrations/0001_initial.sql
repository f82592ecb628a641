-- One SQL text for SQLite and PostgreSQL. Columns are text and bigint only: the driver that
-- speaks to both reads no booleans on SQLite. Times are milliseconds since 1970, UTC; a
-- nullable time stands where a flag would. Ids are UUIDv7 as text.

create table settings (
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
    -- archived: out of use with key and members kept; removed_at is set too, so that nothing asks for the team
    removed_at bigint,
    archived_at bigint,
    -- a change of control must state a reason
    reason_required_at bigint
);
create unique index teams_slug on teams (slug) where removed_at is null;

create table users (
    id text primary key not null,
    username text not null unique,
    display_name text not null,
    password_hash text not null,
    site_admin_at bigint,
    disabled_at bigint,
    -- raised by everything that ends all sessions of the user: a login that was verified before opens none
    credential_version bigint not null default 0,
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
    expires_at bigint not null,
    -- to the minute
    used_at bigint not null
);
create index sessions_user on sessions (user_id);
create index sessions_expiry on sessions (expires_at);

-- Failed logins that have not decayed. id: a hash of what they are counted by; decayed_at: when all of them have.
create table login_failures (
    id text primary key not null,
    last_at bigint not null,
    decayed_at bigint not null
);
create index login_failures_decayed on login_failures (decayed_at);

-- What was asked of the API, written down before it is called.
-- token: the one-time token of the form; selection: a hash of what was asked.
create table change_requests (
    id text primary key not null,
    team_id text not null references teams (id),
    user_id text not null references users (id),
    action text not null,
    token text not null unique,
    selection text not null,
    asked_at bigint not null,
    touched_at bigint not null,
    finished_at bigint,
    -- when every item had reached a final state
    settled_at bigint,
    stated_reason text
);
create index change_requests_team on change_requests (team_id, asked_at);

create table request_items (
    request_id text not null references change_requests (id),
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
    -- the names of the VMs of a load balancer, a line each: the vendor's history names VMs
    vm_names text,
    primary key (request_id, position)
);
create index request_items_state on request_items (state);
create index request_items_item on request_items (item_id);

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
    change_request_id text,
    request_id text,
    address text,
    -- the beginning of the hash that names a session in its owner's list
    session text,
    hash text not null,
    -- what the row is found by, in the normal form of text; not part of the chain
    search text not null default '',
    actor_search text not null default ''
);
create index audit_team on audit (team_id, position);
create index audit_actor on audit (actor_id, position);
create index audit_subject on audit (subject_id, position);
insert into settings (name, value) values ('audit-head', '0:');
-- written to by the readiness check
insert into settings (name, value) values ('write-probe', '');

-- Links by which somebody chooses a password: who was invited, or whose password was reset. Until then their password_hash
-- is ''. token_hash: of what stands in the link, so that a copy of this table opens nothing. Each user has one at most.
create table invitations (
    user_id text primary key not null references users (id),
    token_hash text not null unique,
    made_by text not null,
    made_at bigint not null,
    expires_at bigint not null
);

-- One-time codes that are asked for besides the password. secret is encrypted, bound to its row;
-- last_step is the last time step (30 seconds each since 1970) whose code was used.
create table second_factors (
    user_id text primary key not null references users (id),
    secret text not null,
    last_step bigint not null,
    turned_on_at bigint not null
);

-- A secret that a session was shown and has not confirmed yet; encrypted, bound to its row.
-- session: the hash of the session's id, as in sessions.
create table second_factor_offers (
    session text primary key not null,
    user_id text not null references users (id),
    secret text not null,
    offered_at bigint not null
);

-- hash: of a code of 120 random bits. A code that was used is deleted.
create table recovery_codes (
    user_id text not null references users (id),
    hash text not null,
    primary key (user_id, hash)
);

-- Somebody whose password was right and who has still to give a code; nobody is signed in by it.
-- id_hash: the hash of what the browser's cookie holds.
create table mfa_challenges (
    id_hash text primary key not null,
    user_id text not null references users (id),
    started_at bigint not null
);
create index mfa_challenges_user on mfa_challenges (user_id);

-- How far each item came, and when; the first step, being asked, is the request's own time.
create table request_steps (
    request_id text not null references change_requests (id),
    position bigint not null,
    state text not null,
    reason text,
    at bigint not null
);
create index request_steps_item on request_steps (request_id, position, at);

-- Background jobs: who runs one, until when at the most, and when it is due again. Times are those of the database's
-- clock. key: what the job is about, a team's id as a rule; owner: the lease's token. scheduled_at: when due_at was set; a
-- clock that stands before it was set back. due_at is 0 when the job was woken.
create table job_leases (
    kind text not null,
    key text not null,
    owner text not null,
    leased_until bigint not null,
    scheduled_at bigint not null,
    due_at bigint not null,
    failures bigint not null,
    primary key (kind, key)
);

-- What the readings of a team's VM lists have told, kept for what the API does not tell: since
-- when a server is not monitored, and what has changed.

-- The latest reading. missing: servers that it left out and that have not been given up yet. revision: how often a reading
-- has changed the table servers.
create table inventory_snapshots (
    team_id text primary key not null references teams (id),
    read_at bigint not null,
    fingerprint text not null,
    servers bigint not null,
    monitored bigint not null,
    waiting bigint not null,
    missing bigint not null,
    revision bigint not null
);

-- since: the reading that first showed it as it is; otherwise_at: the last one that showed it
-- otherwise, if any did. new_at: when it turned up, until somebody adds it. elsewhere_at: when it
-- was released and nobody had asked for that through the portal.
create table servers (
    team_id text not null references teams (id),
    server_id text not null,
    name text not null,
    address text not null,
    balancer_id text not null,
    state text not null,
    since bigint not null,
    otherwise_at bigint,
    new_at bigint,
    elsewhere_at bigint,
    missing_at bigint,
    gone_at bigint,
    primary key (team_id, server_id)
);
create index servers_state on servers (team_id, state);

-- change_request_id: the request of the portal that explains it, if one does.
create table server_changes (
    id text primary key not null,
    team_id text not null references teams (id),
    server_id text not null,
    name text not null,
    kind text not null,
    at bigint not null,
    after_at bigint not null,
    change_request_id text
);
create index server_changes_team on server_changes (team_id, at);
create index server_changes_server on server_changes (team_id, server_id, at);

-- Who signs in through a provider: issuer and subject name a person there, and nothing else does. name: what the
-- provider called them then, for people.
create table identities (
    issuer text not null,
    subject text not null,
    user_id text not null references users (id),
    name text not null,
    connected_at bigint not null,
    primary key (issuer, subject),
    unique (user_id, issuer)
);

-- Attempts that the browser came back from, so that none comes back twice. state_hash: of what the provider sent back.
create table oidc_callbacks (
    state_hash text primary key not null,
    came_at bigint not null
);

-- What tells the provider at the end whose session is over; encrypted, bound to its row.
-- holder: a hash of what names the session, or the second step before there is one.
create table id_tokens (
    holder text primary key not null,
    user_id text not null references users (id),
    id_token text not null,
    kept_at bigint not null
);
create index id_tokens_user on id_tokens (user_id);

-- Links that a portal without users printed at its start; whoever has one makes the first site admin. token_hash: of what
-- stands in the link, so that a copy of this table opens nothing.
create table setup_links (
    token_hash text primary key not null,
    expires_at bigint not null
);

-- Networks that an account has logged in from. id: a hash of both.
create table known_locations (
    id text primary key not null,
    seen_at bigint not null
);
create index known_locations_time on known_locations (seen_at);
