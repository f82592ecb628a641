-- used_at: when the session was used last, to a hundredth of the time that it may lie idle.
-- replaced_at: its id was replaced by a new one then; for a moment it still opens the session.
-- A session that has ended stays for a day, without what it held: a form that is sent too late is
-- kept for the user that it was of. Those of before say too little: who they are of signs in again.
delete from sessions;
alter table sessions add column used_at bigint not null default 0;
alter table sessions add column replaced_at bigint;
