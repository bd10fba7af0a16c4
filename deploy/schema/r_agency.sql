-- The connection state of agencies.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The body below names a function of a later file.
set local check_function_bodies = off;

-- The agencies that concern a district: those with a call in it, and live ones that have no call in any district yet.
-- heard: the last sign of life of a stream that is not a backfill; heartbeats come every few seconds. This is plain
-- SQL without settings, so that PostgreSQL inlines it into the calling statements.
--   proof  null if the agency sends no stream digests
--   state  live, quiet (connected, but sends nothing), cut_off, backfill, never (has not sent yet), no_key
create or replace function agency.heard_in(p_district int)
returns table (slug text, name text, heard timestamptz, last_heard timestamptz, proof json, connected boolean,
               state text)
language sql stable as $$
    select a.slug, a.name, s.heard, s.last_heard,
           case when p.told > 0 then json_build_object('proven_to', liaison.iso(p.proven_to),
               'proved_at', liaison.iso(p.proved_at), 'unproven', p.unproven, 'missing', p.missing, 'lost', p.lost,
               'differing', p.differing) end,
           k.keys > 0 and h.now,
           case when k.keys = 0 then 'no_key'
                when s.streams = 0 or s.last_heard is null then 'never'
                when h.now then case when s.said > now() - make_interval(secs => a.quiet_after_s) then 'live'
                                     else 'quiet' end
                when s.live = 0 then 'backfill' else 'cut_off' end
      from agency.agency a
      left join lateral (
          select count(*) as streams, count(*) filter (where x.mode = 'live') as live, max(x.heard_at) as last_heard,
                 max(x.heard_at) filter (where x.mode <> 'backfill') as heard,
                 max(x.said_at) filter (where x.mode <> 'backfill') as said
            from agency.stream x where x.agency_id = a.agency_id) s on true
      left join agency.completeness p using (agency_id)
     cross join lateral (select s.heard between now() - interval '60 s' and now() + interval '60 s' as now) h
     cross join lateral (select count(*) as keys from agency.feed_key f
                          where f.agency_id = a.agency_id and f.revoked_at is null) k
     where a.agency_id <> 0
       and (exists (select from district.incident i where i.district_id = p_district and i.agency_id = a.agency_id)
            or (s.live > 0 and s.heard > now() - interval '1 day'
                and not exists (select from district.incident i where i.agency_id = a.agency_id)))
$$;
