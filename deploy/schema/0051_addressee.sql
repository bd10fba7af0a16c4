-- notify.addressee (r_visibility.sql) does not tell apart any more what differs by the case of letters or by blanks.
-- Links that went to a present contact stay valid.
update notify.token k
   set addressee = sha256(convert_to(upper(regexp_replace(btrim(p.name), '\s+', ' ', 'g')) || E'\n'
                                     || case when a.address like '%://%' then a.address else lower(a.address) end,
                                     'UTF8'))
  from people.role r
  join people.person p using (person_id)
  left join people.webhook w using (person_id)
 cross join lateral (values (p.email), (p.phone), (w.url)) as a(address)
 where (r.district_id, r.role_id) = (k.district_id, k.contact_id) and k.expires_at > now()
   and k.addressee = sha256(convert_to(p.name || E'\n' || a.address, 'UTF8'));
