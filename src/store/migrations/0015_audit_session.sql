-- Which session something was done in: the beginning of the hash that names it in its owner's
-- list. A hash that begins with 'v2.' is made over this column too.
alter table audit add column session text;
