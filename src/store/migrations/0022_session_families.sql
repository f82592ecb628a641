-- family: what all ids that a session has had one after the other have in common. Ending one of them ends all.
-- Of ids that were replaced before, nobody knows by which: they end now.
delete from sessions where replaced_at is not null;
alter table sessions add column family text not null default '';
update sessions set family = id_hash;
create index sessions_family on sessions (family);
