-- Rules: their versions.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- Versions ---------------------------------------------------------------------------------------------------

-- A rule that changes has the next version. A version cannot be set.
create or replace function notify.number_rule() returns trigger
language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        new.version := 1;
    else
        new.version := old.version;
        if new is distinct from old then
            new.version := old.version + 1;
        end if;
    end if;
    return new;
end $$;
create or replace trigger number_rule before insert or update on notify.rule
    for each row execute function notify.number_rule();

-- Keeps each version. That a rule is gone is its last one.
create or replace function notify.keep_rule() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'DELETE' then
        insert into notify.rule_version (district_id, rule_id, version, by, name, gone, rule)
        values (old.district_id, old.rule_id, old.version + 1, liaison.actor(), old.name, true, to_jsonb(old));
    elsif tg_op = 'INSERT' or new.version <> old.version then
        insert into notify.rule_version (district_id, rule_id, version, by, name, rule)
        values (new.district_id, new.rule_id, new.version, liaison.actor(), new.name, to_jsonb(new));
    end if;
    return null;
end $$;
create or replace trigger keep_rule after insert or update or delete on notify.rule
    for each row execute function notify.keep_rule();

-- An alert names the rule by which it was decided last, and its version and name at that time. When no rule matches any
-- more, or the rule is gone, it keeps what it says.
create or replace function notify.name_rule() returns trigger
language plpgsql as $$
begin
    select r.version, r.name into new.rule_version, new.rule_name
      from notify.rule r where (r.district_id, r.rule_id) = (new.district_id, new.rule_id);
    if not found and tg_op = 'UPDATE' then
        new.rule_version := old.rule_version;
        new.rule_name := old.rule_name;
    end if;
    return new;
end $$;
create or replace trigger name_rule before insert or update of rule_id on notify.alert
    for each row execute function notify.name_rule();
