-- Requests for control are followed until the API's lists have told what became of them.
-- settled_at: when every item had come to its end.
alter table control_requests add column settled_at bigint;

-- How far each item came, and when; the first step, being asked, is the request's own time.
create table control_steps (
    request_id text not null references control_requests (id),
    position bigint not null,
    state text not null,
    reason text,
    at bigint not null
);
create index control_steps_item on control_steps (request_id, position, at);
create index control_items_state on control_items (state);
create index control_items_item on control_items (item_id);

-- Which portal reads a team's lists to follow its requests, until when at the most, and when they
-- are to be read again.
create table control_watch (
    team_id text primary key not null references teams (id),
    owner text not null,
    until bigint not null,
    next_at bigint not null,
    failures bigint not null
);
