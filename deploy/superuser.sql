-- What only PostgreSQL's superuser can take back from every role: run once in the database liaison, by
--   psql -d liaison -f superuser.sql
-- Advisory locks: notify, intake and liaisonctl order their work by them, and any role could hold one and make
-- alerts wait. Large objects: any role could fill the disk with them.
do $$
declare
    f regprocedure;
begin
    for f in select oid::regprocedure from pg_proc
              where pronamespace = 'pg_catalog'::regnamespace
                and (proname ~ '^pg_(try_)?advisory_' or proname ~ '^lo_' or proname in ('loread', 'lowrite'))
    loop
        execute format('revoke execute on function %s from public, liaison_intake, liaison_notify', f);
        if f::text ~ 'advisory' then
            execute format('grant execute on function %s to liaison_owner', f);
        end if;
    end loop;
end $$;
grant execute on function pg_advisory_xact_lock(bigint) to liaison_intake, liaison_notify;
grant execute on function pg_advisory_xact_lock_shared(bigint) to liaison_intake;
