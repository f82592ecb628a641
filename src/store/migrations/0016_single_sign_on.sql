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
create table single_sign_on_returns (
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
