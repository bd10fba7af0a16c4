-- A hand-over is to a person, and not to whoever has that person's row later (notify.handed).

alter table notify.acknowledgement
    add column to_person int, -- to whom it is handed over; no reference: that person may be deleted
    add column to_name text;  -- by which name; null: not known, of hand-overs of before
update notify.acknowledgement k set to_person = p.person_id, to_name = p.name
  from people.role r join people.person p using (person_id)
 where k.kind = 'handed_over' and r.role_id = k.to_contact;
