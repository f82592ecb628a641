-- Links that a portal without users printed at its start; whoever has one makes the first site admin. token_hash: of what
-- stands in the link, so that a copy of this table opens nothing.
create table set_up_links (
    token_hash text primary key not null,
    expires_at bigint not null
);
