-- Links by which somebody chooses a password: who was invited, or whose password was reset. Until then their password_hash
-- is ''. token_hash: of what stands in the link, so that a copy of this table opens nothing. Each user has one at most.
create table invitations (
    user_id text primary key not null references users (id),
    token_hash text not null unique,
    made_by text not null,
    made_at bigint not null,
    expires_at bigint not null
);
