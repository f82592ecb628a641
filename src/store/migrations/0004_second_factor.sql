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
create table sign_in_steps (
    id_hash text primary key not null,
    user_id text not null references users (id),
    started_at bigint not null
);
create index sign_in_steps_user on sign_in_steps (user_id);
