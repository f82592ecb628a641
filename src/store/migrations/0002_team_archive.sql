-- An archived team is out of use as a removed one is (removed_at is set too, so that nothing asks for it), and keeps its
-- key and its members until it is brought back.
alter table teams add column archived_at bigint;
