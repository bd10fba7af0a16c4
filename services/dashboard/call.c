/* GET /api/v1/calls/{agency}/{incident} and POST .../acknowledge. */
#include "api.h"
#include "call_sql.h"
#include "counters.h"
#include "service.h"
#include "session.h"
#include "stream.h"
#include "timeline_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* $3 the agency's slug, $4 the incident number. */
#define THE_CALL \
    SQL_SEEN " i join agency.agency a using (agency_id) where a.slug = $3 and i.incident_no = $4"

/* The number of the call that it was merged into, if the person may see that one. */
#define MERGED_INTO                              \
    "(select m.incident_no from " SQL_SEEN " m " \
    "where m.agency_id = i.agency_id and m.incident_no = i.merged_into)"

#define DELIVERY_AT  SQL_TIME("coalesce(v.sent_at, v.created_at)")
#define DELIVERY_DUE SQL_TIME("case v.state when 'queued' then v.next_at end")
#define DELIVERY_WHY "notify.why_not_sent(v.state, v.reason)"

#define DELIVERIES                                                                           \
    "coalesce((select json_agg(json_build_object('channel', v.channel, 'kind', v.kind, "     \
    "'wave', v.wave, 'to', json_build_object('name', coalesce(k.name, 'A former contact'), " \
    "'role', coalesce(k.role, 'contact')), 'state', v.state, "                               \
    "'at', " DELIVERY_AT ", 'due_at', " DELIVERY_DUE ", 'why', " DELIVERY_WHY                \
    ", 'attempts', v.attempts) "                                                             \
    "order by v.created_at, v.delivery_id) "                                                 \
    "from notify.delivery v left join district.contact k using (district_id, contact_id) "   \
    "join (select al.district_id, al.alert_id from " SQL_ALERTS ") w "                       \
    "using (district_id, alert_id)), '[]')"

#define DECIDED_AT SQL_TIME("o.decided_at")
#define OUTCOMES                                                                 \
    "coalesce((select json_agg(json_build_object('outcome_id', o.outcome_id, "   \
    "'subject', o.subject, 'own', o.own, 'code', o.code, 'name', "               \
    "(select p.name from code.disposition p where p.code = o.code), "            \
    "'decided_at', " DECIDED_AT ", 'voided', o.voided_by is not null) "          \
    "order by o.decided_at, o.subject, o.outcome_id) "                           \
    "from district.outcome o where " SQL_KEY("o") " and " SQL_SHOWS_RESULT "), " \
                                                  "'[]')"

const struct db_statement call_statements[] = {
    {"call_detail",
     "select json_build_object('call', " SQL_CALL ", "
     "'left_out', case when i.entered_in_error then 'entered_in_error' "
     "  when i.merged_into is not null then 'merged' when i.elsewhere then 'moved_away' end, "
     "'merged_into', " MERGED_INTO ", 'timeline', " SQL_TIMELINE ", 'deliveries', " DELIVERIES
     ", 'outcomes', " OUTCOMES ") from " THE_CALL},
    {"call_only", "select json_build_object('call', " SQL_CALL ") from " THE_CALL},
    /* No row: there is no such call. $5 whose session. */
    {"call_acknowledge",
     "with seen as (select i.district_id, i.agency_id, i.incident_no from " THE_CALL "), "
     "mine as (select al.district_id, al.alert_id "
     "  from seen i, " SQL_ALERTS "), "
     "said as (select alert_id, notify.acknowledge_as($5::bytea, district_id, alert_id) as first "
     "  from mine) "
     "select (select count(*) from said), "
     "(select array_agg(alert_id order by alert_id) from said where first) from seen"},
};
const size_t call_statement_count = sizeof call_statements / sizeof call_statements[0];

void call_steps(struct exchange *exchange, struct db_job *job)
{
    db_exec_text(job, "call_detail", exchange_row_cb, exchange, 4, exchange->person.district,
                 person_scope(&exchange->person), exchange->params.value[0],
                 exchange->params.value[1]);
}

static void acknowledged_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    const struct person *person = &exchange->person;

    if (PQntuples(result) == 0) {
        exchange_error(exchange, 404, "not_found", NULL, "There is none, or not for you.");
        return;
    }
    if (strcmp(PQgetvalue(result, 0, 0), "0") == 0) {
        exchange_error(exchange, 409, "no_alert", NULL,
                       "Nobody was alerted: there is nothing to acknowledge.");
        return;
    }
    if (!PQgetisnull(result, 0, 1)) {
        const char *alerts = PQgetvalue(result, 0, 1);
        exchange->own = strdup(alerts);
        exchange->own_size = exchange->own == NULL ? 0 : strlen(alerts);
    }
    db_exec_text(job, "call_only", exchange_row_cb, exchange, 4, person->district,
                 person_scope(person), exchange->params.value[0], exchange->params.value[1]);
}

void call_acknowledge_steps(struct exchange *exchange, struct db_job *job)
{
    char session[SESSION_HASH_TEXT] = "";

    session_hash(exchange, session);
    db_exec_text(job, "call_acknowledge", acknowledged_cb, exchange, 5, exchange->person.district,
                 person_scope(&exchange->person), exchange->params.value[0],
                 exchange->params.value[1], session);
}

void call_acknowledge_done(struct exchange *exchange)
{
    const char *list = exchange->own;

    while (list != NULL && *list != '\0') {
        char *end;
        list += strcspn(list, "0123456789");
        int64_t alert = strtoll(list, &end, 10);
        if (end == list)
            break;
        list = end;
        streams_tell_alert(exchange->service, person_district(&exchange->person), alert);
    }
    exchange_reply(exchange);
}
