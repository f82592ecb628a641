-- What the readings of a team's VM lists have told, kept for what the API does not tell: since
-- when a server is not monitored, and what has changed.

-- The latest reading. missing: servers that it left out and that have not been given up yet.
create table coverage (
    team_id text primary key not null references teams (id),
    read_at bigint not null,
    fingerprint text not null,
    servers bigint not null,
    monitored bigint not null,
    waiting bigint not null,
    missing bigint not null
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

-- control_request_id: the request of the portal that explains it, if one does.
create table server_changes (
    id text primary key not null,
    team_id text not null references teams (id),
    server_id text not null,
    name text not null,
    kind text not null,
    at bigint not null,
    after_at bigint not null,
    control_request_id text
);
create index server_changes_team on server_changes (team_id, at);
create index server_changes_server on server_changes (team_id, server_id, at);

-- The names of the VMs that go along with an item, a line each: the vendor's history names VMs.
alter table control_items add column vm_names text;
