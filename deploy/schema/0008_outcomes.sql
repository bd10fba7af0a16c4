-- Outcomes that come from records and name a report number alone: how they are found and kept waiting.

-- null: it names a report number alone, and its incident is not known (yet). found_by says how an
-- incident that the event does not name was found: 'report' (by number) or 'person'.
alter table agency.event alter column incident_no drop not null;
alter table agency.event add column found_by text;

-- A report number as it is compared: capitals, and one dash for whatever stands between letters and
-- digits. Digits and zeros are left alone, and so is a number without separators: "1-11" is not
-- "11-1". What holds no digit but 0 ("N/A") is no number.
create function agency.report_keys(p_numbers text[]) returns text[]
language sql immutable strict parallel safe as $$
    select array_agg(regexp_replace(upper(n), '[^[:alnum:]]+', '-', 'g'))
      from unnest(p_numbers) n where n ~ '[1-9]'
$$;
create index incident_report on agency.incident using gin (agency.report_keys(report_numbers))
    where report_numbers is not null;

-- Those outcomes; the same one twice is one fact, wherever it was found to belong.
create unique index event_unnamed_fact on agency.event (agency_id, occurred_at, content_id)
    where incident_no is null or found_by is not null;
create index event_unnamed_report on agency.event using gin (agency.report_keys(report_numbers))
    where incident_no is null or found_by is not null;
create index event_waiting on agency.event (received_at) where incident_no is null;

-- Who was merged into whom: both are derived when either changes.
create index incident_merged on agency.incident (agency_id, merged_into) where merged_into is not null;
