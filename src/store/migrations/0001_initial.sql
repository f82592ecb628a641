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
    reason_required_at bigint,
    -- archived rows that were detected earlier are deleted; null: all are kept
    archive_months bigint
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

-- The archive: what the source listed of each team, kept when the source forgets it. Rows are only added and amended.
-- Codes are those of the filters, '' for a word without one; `…_original` holds the source's word. `…_key` is an address
-- as fixed-width text, '' for none: bytewise order is numeric order. `place` is the detection second << 30 | 30 bits of
-- the row's identity: unique, stable, and its order is the order of detection.
-- The full-text index `ticket_words (rowid, grams)` differs between the engines and is created when the portal starts.

-- number: the team, in a form that is short in every index.
create table archives (
    number bigint primary key not null,
    team_id text not null unique references teams (id),
    -- when the newest rows of all kinds were asked for last
    round_at bigint not null default 0,
    -- every text below resanitized_place is sanitized by the version before
    sanitizer_version bigint not null default 0,
    resanitized_place bigint not null default 0,
    -- the appKey that it is read with, and when another one showed none of the archived tickets
    key_fingerprint text,
    refused_fingerprint text,
    key_refused_at bigint
);

-- How far each kind has come: 'tickets', 'events' or 'history'. Each row changes in the transaction of what it counts.
create table archive_progress (
    team bigint not null references archives (number),
    kind text not null,
    stored bigint not null default 0,
    gone bigint not null default 0,
    -- what the source counts, last; shortfall: rows of it that have no identity to be archived by
    listed bigint,
    shortfall bigint not null default 0,
    -- everything detected from here on is archived, as far as the source listed it
    complete_since bigint,
    -- the first walk to the beginning has ended
    completed_at bigint,
    -- the end of the latest walk over all pages, and of the latest that saw every row that the source counts
    walked_at bigint,
    whole_at bigint,
    -- rows that the source had listed and no longer counts, when they are too many to be taken for deleted
    vanished bigint not null default 0,
    succeeded_at bigint,
    error text,
    error_at bigint,
    primary key (team, kind)
);

-- A walk over the pages of a list, from the newest row on, while it lasts. walk: 'head' or 'full'.
create table archive_walks (
    team bigint not null references archives (number),
    kind text not null,
    walk text not null,
    started_at bigint not null,
    -- the page to be read next, counted from the newest row
    page bigint not null,
    -- what the source counted on the page before
    listed bigint,
    -- the number of the last page, when the list comes oldest first whatever is asked for
    last_page bigint,
    -- the count has changed while the walk lasted, or a page could not be read
    moved_at bigint,
    -- rows without an identity to be archived by
    unidentified bigint not null default 0,
    -- how often in a row the page could not be read
    failures bigint not null default 0,
    primary key (team, kind, walk)
);

create table archived_tickets (
    place bigint primary key not null,
    team bigint not null references archives (number),
    ticket_id text not null,
    detected_at bigint,
    -- a time that could not be read
    detected_original text,
    name text,
    status text not null,
    status_original text,
    verdict text not null,
    verdict_original text,
    type text not null,
    type_original text,
    attack text,
    source_ip text,
    source_key text not null,
    destination_ip text,
    destination_key text not null,
    -- names of the servers with these addresses, a line each
    server_names text not null default '',
    -- the normal form of all texts, for searches
    seek text not null default '',
    row_hash text not null,
    parts_hash text,
    first_seen_at bigint not null,
    -- when the row or its parts were last seen changing; for rows of the first walk when they were detected
    changed_at bigint not null,
    -- when the list last showed it
    checked_at bigint not null,
    parts_at bigint,
    parts_due_at bigint,
    parts_failures bigint not null default 0,
    revisions bigint not null default 0,
    -- the first whole walk that did not show it
    missing_at bigint,
    gone_at bigint,
    reviewed_at bigint,
    reviewed_by text,
    assignee_id text,
    unique (team, ticket_id)
);
create index archived_tickets_place on archived_tickets (team, place);
create index archived_tickets_source on archived_tickets (team, source_key, place);
create index archived_tickets_destination on archived_tickets (team, destination_key, place);
create index archived_tickets_status on archived_tickets (team, status, place);
create index archived_tickets_verdict on archived_tickets (team, verdict, place);
create index archived_tickets_type on archived_tickets (team, type, place);
create index archived_tickets_attack on archived_tickets (team, attack, place);
create index archived_tickets_assignee on archived_tickets (assignee_id, place) where assignee_id is not null;
create index archived_tickets_unreviewed on archived_tickets (team, place) where reviewed_at is null;
create index archived_tickets_due on archived_tickets (team, place) where parts_due_at is not null;

-- part: 'name', 'description', 'summary', 'analysis' or 'deep-analysis'; an empty part has no row.
create table archived_ticket_parts (
    place bigint not null references archived_tickets (place),
    part text not null,
    raw text not null,
    html text not null,
    text text not null,
    -- the source is longer than the portal shows
    truncated_at bigint,
    sanitizer_version bigint not null,
    primary key (place, part)
);

-- What a row looked like before it was seen changing. number: from 1; seen_at: when it was first seen so.
-- content: a JSON object of the fields that changed, as they were.
create table archive_revisions (
    team bigint not null references archives (number),
    kind text not null,
    row_id text not null,
    number bigint not null,
    seen_at bigint not null,
    replaced_at bigint not null,
    content text not null,
    primary key (team, kind, row_id, number)
);

-- Addresses, CVE numbers, domains and hashes in the texts of tickets. kind: 'ip', 'cve', 'domain' or 'hash'.
create table indicators (
    team bigint not null references archives (number),
    kind text not null,
    key text not null,
    place bigint not null references archived_tickets (place),
    primary key (team, kind, key, place)
);
create index indicators_ticket on indicators (place);

-- The rows of the vendor's tables in analyses, as far as they can be read.
create table analysis_rows (
    place bigint not null references archived_tickets (place),
    part text not null,
    position bigint not null,
    team bigint not null references archives (number),
    name text,
    ended_at bigint,
    ended_original text,
    severity text not null,
    severity_original text,
    source_ip text,
    source_key text not null,
    source_port bigint,
    source_country text,
    destination_ip text,
    destination_key text not null,
    destination_port bigint,
    destination_country text,
    direction text not null,
    direction_original text,
    pattern text,
    events bigint,
    primary key (place, part, position)
);
create index analysis_rows_source on analysis_rows (team, source_key, ended_at);
create index analysis_rows_destination on analysis_rows (team, destination_key, ended_at);

-- version: 1 as written, one more with each edit; earlier texts are in ticket_note_revisions.
create table ticket_notes (
    id text primary key not null,
    team bigint not null references archives (number),
    place bigint not null references archived_tickets (place),
    author_id text not null,
    author_name text not null,
    created_at bigint not null,
    edited_at bigint,
    version bigint not null,
    text text not null,
    seek text not null
);
create index ticket_notes_ticket on ticket_notes (place, created_at);
create index ticket_notes_team on ticket_notes (team, created_at);

create table ticket_note_revisions (
    note_id text not null references ticket_notes (id),
    version bigint not null,
    author_id text not null,
    author_name text not null,
    written_at bigint not null,
    text text not null,
    primary key (note_id, version)
);

-- Names of events, of all teams. id: the beginning of the name's SHA-256.
create table attack_names (
    id bigint primary key not null,
    text text not null,
    seek text not null
);

-- Events have no id: hash is over the nine fields, ordinal counts equal events from 1.
create table archived_events (
    team bigint not null references archives (number),
    place bigint not null,
    hash text not null,
    ordinal bigint not null,
    detected_at bigint,
    detected_original text,
    severity text not null,
    severity_level bigint not null,
    severity_original text,
    name_id bigint references attack_names (id),
    source_ip text,
    source_key text not null,
    source_port bigint,
    source_port_original text,
    destination_ip text,
    destination_key text not null,
    destination_port bigint,
    destination_port_original text,
    country text,
    direction text not null,
    direction_original text,
    first_seen_at bigint not null,
    primary key (team, place),
    unique (team, hash, ordinal)
);
create index archived_events_source on archived_events (team, source_key, place);
create index archived_events_destination on archived_events (team, destination_key, place);
create index archived_events_name on archived_events (team, name_id, place);
create index archived_events_severity on archived_events (team, severity_level, place);
create index archived_events_port on archived_events (team, destination_port, place);
create index archived_events_country on archived_events (team, country, place);

-- The time axis in pieces that are read as a whole: from start_at, before end_at.
create table event_windows (
    team bigint not null references archives (number),
    start_at bigint not null,
    end_at bigint not null,
    -- what the source counted at the last whole reading; null before the first one
    listed bigint,
    read_at bigint,
    due_at bigint,
    failures bigint not null default 0,
    -- a reading that goes on in the next run, as JSON
    reading text,
    primary key (team, start_at)
);
create index event_windows_due on event_windows (team, due_at);

create table archived_history (
    team bigint not null references archives (number),
    -- registration second << 30 | 30 bits of the id
    place bigint not null,
    history_id text not null,
    registered_at bigint,
    registered_original text,
    type text not null,
    type_original text,
    status text not null,
    status_original text,
    reason text not null,
    reason_original text,
    contents text,
    -- names of servers, a line each
    names text not null,
    meter text not null,
    meter_original text,
    seek text not null,
    row_hash text not null,
    first_seen_at bigint not null,
    changed_at bigint not null,
    checked_at bigint not null,
    revisions bigint not null default 0,
    missing_at bigint,
    gone_at bigint,
    primary key (team, place),
    unique (team, history_id)
);
create index archived_history_type on archived_history (team, type, place);
