/*
 * timeline_sql: one line of time of a call: what dispatch said, what we told, what people did. With
 * the parameters and the aliases of call_sql.h. What dispatch said one after the other comes
 * through district.told(), which hides what the person may not see: nobody here may read the
 * events.
 */
#ifndef LIAISON_DASHBOARD_TIMELINE_SQL_H
#define LIAISON_DASHBOARD_TIMELINE_SQL_H

#include "call_sql.h"

/* Rows of (at, rank, step, source, kind, text). */
#define TIMELINE_MILESTONES                                                                 \
    "select t.at, t.rank, 0 as step, 'dispatch' as source, t.kind, t.text from (values "    \
    "(coalesce(i.t_received, i.opened_at), 1, 'received', "                                 \
    "  case i.received_via when '911' then 'Call received by 911' "                         \
    "  when 'other_line' then 'Call received on another line' "                             \
    "  when 'radio' then 'Received by radio' when 'officer' then 'Reported to an officer' " \
    "  else 'Call received' end), "                                                         \
    "(i.t_dispatched, 2, 'dispatched', 'First unit sent'), "                                \
    "(i.t_en_route, 3, 'en_route', 'First unit on the way'), "                              \
    "(i.t_on_scene, 4, 'on_scene', 'First unit on scene'), "                                \
    "(i.t_cleared, 7, 'cleared', 'Last unit left'), "                                       \
    "(i.t_closed, 9, 'closed', 'Closed by the agency')) as t(at, rank, kind, text) "

/* Rows of district.told(): the units' own words, then type and place. */
#define TIMELINE_TOLD                                                                          \
    "union all select t.at, case when t.unit is null then 5 else 6 end, t.step, 'dispatch', "  \
    "t.kind, case t.kind when 'retyped' then 'Retyped: was ' || t.was || ', is ' || t.became " \
    "  when 'classified' then 'Reported as ' || t.was || ', classified as ' || t.became "      \
    "  when 'moved' then 'Place corrected: was ' || coalesce(t.was, 'another place') || "      \
    "    ', is ' || coalesce(t.became, 'another place') "                                      \
    "  when 'located' then 'Place told more exactly' "                                         \
    "  else 'Unit ' || t.unit || case t.kind when 'dispatched' then ' sent' "                  \
    "    when 'en_route' then ' on the way' when 'on_scene' then ' on scene' "                 \
    "    when 'clear' then ' clear again' else ' assigned' end end "                           \
    "from district.told(i.district_id, i.agency_id, i.incident_no, $2::int[]) t "

#define TIMELINE_RESULTS                                                                 \
    "union all select coalesce(i.t_closed, i.version_at), 8, 0, 'dispatch', "            \
    "'disposition', 'Disposition: ' || coalesce((select p.name from code.disposition p " \
    "  where p.code = u ->> 'code'), u ->> 'own', '') "                                  \
    "from jsonb_array_elements(i.dispositions) u "                                       \
    "union all select o.decided_at, 10, 0, 'dispatch', 'outcome', "                      \
    "'Outcome for subject ' || o.subject || ': ' || coalesce((select p.name "            \
    "  from code.disposition p where p.code = o.code), o.own) || "                       \
    "  case when o.voided_by is null then '' else ' (withdrawn later)' end "             \
    "from district.outcome o where " SQL_KEY("o") " and " SQL_SHOWS_RESULT " "

#define TIMELINE_PEOPLE                                                                      \
    "union all select al.created_at, 11, 0, 'alert', 'alerted', 'Alert raised for ' || "     \
    "  coalesce((select n.name from district.school n where n.district_id = al.district_id " \
    "  and n.school_id = al.school_id), 'a school') from " SQL_ALERTS " "                    \
    "union all select coalesce(v.sent_at, v.created_at), 12, 0, 'alert', v.state, "          \
    "case v.channel when 'sms' then 'Text message' else 'E-mail' end || case v.kind "        \
    "  when 'first' then '' when 'closed' then ' (that it is over)' "                        \
    "  else ' (' || v.kind || ')' end || ' to ' || "                                         \
    "coalesce(k.name || ' (' || replace(k.role, '_', ' ') || ')', 'a contact') || ' ' || "   \
    "case v.state when 'unknown' then 'sent, arrival unknown' else v.state end "             \
    "from notify.delivery v left join district.contact k using (district_id, contact_id) "   \
    "join (select al.district_id, al.alert_id from " SQL_ALERTS ") w "                       \
    "using (district_id, alert_id) where v.state in ('sent', 'delivered', 'failed', "        \
    "'unknown') "                                                                            \
    "union all select al.acknowledged_at, 13, 0, 'person', 'acknowledged', "                 \
    "coalesce(al.acknowledged_by, 'Somebody') || ' acknowledged' from " SQL_ALERTS

/* Where words left the place open: when it was asked about, and what came of it. What a later place
 * settled is told by dispatch. */
#define TIMELINE_PLACED                                                                           \
    "union all select t.at, t.rank, 0, t.source, t.kind, t.text "                                 \
    "from district.place_review r cross join lateral (values "                                    \
    "(r.asked_at, 10, 'alert', 'place_asked', "                                                   \
    "  'The words leave the place open: the district was asked'), "                               \
    "(case when r.state = 'expired' or r.decided_at > r.due_at then r.due_at end, 11, "           \
    "  'alert', 'place_uncertain', 'Nobody said in time: told with the place uncertain'), "       \
    "(case when r.decided_by <> 'placement' then r.decided_at end, 12, 'person', 'placed', "      \
    "  r.decided_by || ' said: ' || case when r.school_id is null then 'at none of the schools' " \
    "  when $2::int[] is not null and r.school_id <> all($2::int[]) then 'at another school' "    \
    "  else 'at ' || coalesce((select n.name from district.school n where "                       \
    "    n.district_id = r.district_id and n.school_id = r.school_id), 'a school') end)) "        \
    "as t(at, rank, source, kind, text) where " SQL_KEY("r") " and r.mode <> 'backfill' "

/* "First unit sent" says nothing beside the unit's own line of the same moment. */
#define SQL_TIMELINE                                                                           \
    "coalesce((select json_agg(json_build_object('at', " SQL_TIME(                             \
        "m.at") ", 'source', m.source, "                                                       \
                "'kind', m.kind, 'text', m.text) order by m.at, m.rank, m.step, m.text) from " \
                "(select l.*, "                                                                \
                "bool_or(l.rank = 6) over (partition by l.at, l.kind) as by_unit from "        \
                "(" TIMELINE_MILESTONES TIMELINE_TOLD TIMELINE_RESULTS TIMELINE_PLACED         \
                    TIMELINE_PEOPLE                                                            \
                ") l) m where m.at is not null and not (m.by_unit and m.rank < 5)), '[]')"

#endif
