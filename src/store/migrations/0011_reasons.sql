-- Why somebody asked for a change of control, in their words; a team may require it.
alter table control_requests add column stated_reason text;
alter table teams add column reason_required_at bigint;
