-- Where somebody's password was right not long ago. id: a hash of the name and the address.
create table sign_in_places (
    id text primary key not null,
    seen_at bigint not null
);
create index sign_in_places_time on sign_in_places (seen_at);
