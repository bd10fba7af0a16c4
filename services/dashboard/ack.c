/*
 * GET and POST /api/v1/ack/{token}: the link in a message. Whoever has the token may acknowledge;
 * only its hash is looked for. GET changes nothing: mail scanners and previews follow links.
 */
#include "api.h"
#include "call_sql.h"
#include "service.h"
#include "session.h"
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_LEAST = 16, TOKEN_MOST = 128 };

struct ack {
    int district;
    int64_t alert;
    bool first;
};

#define CALL_BEGAN SQL_TIME("i.opened_at")
#define TAKEN_AT   SQL_TIME("al.acknowledged_at")

/* Whom else the alert was told, each with the best state. */
#define TOLD_TOO                                                                                \
    "(select json_agg(json_build_object('name', b.name, 'role', b.role, 'state', b.state) "     \
    "order by b.name, b.contact_id) from ("                                                     \
    "  select distinct on (v.contact_id) v.contact_id, v.state, "                               \
    "    coalesce(q.name, 'A former contact') as name, coalesce(q.role, 'contact') as role "    \
    "  from notify.delivery v left join district.contact q using (district_id, contact_id) "    \
    "  where v.district_id = k.district_id and v.alert_id = k.alert_id "                        \
    "    and v.contact_id <> k.contact_id "                                                     \
    "  order by v.contact_id, array_position(array['delivered', 'sent', 'unknown', 'sending', " \
    "    'queued', 'failed', 'cancelled'], v.state)) b)"

const struct db_statement ack_statements[] = {
    /* What the contact may be told now is notify.link()'s to say: the first column is false if that
     * is nothing. */
    {"ack_show",
     "select k.says is not null, json_build_object("
     "'district', json_build_object('name', d.name, 'zone', d.zone), 'school', n.name, "
     "'what', case when k.says = 'police' then 'Police call' "
     "  else coalesce(t.name, c.name, i.class) end, "
     "'where', case when k.says = 'all' then coalesce(i.place_name, i.address) end, "
     "'when', " CALL_BEGAN ", "
     "'call', case when k.says = 'former' and i.status <> 'cancelled' then 'moved_away' "
     "  else i.status end, "
     "'state', case when al.acknowledged_at is not null then 'acknowledged' else al.state end, "
     "'acknowledged_by', al.acknowledged_by, 'acknowledged_at', " TAKEN_AT ", "
     "'you', json_build_object('name', k.contact_name, 'role', k.contact_role), "
     "'units', (select count(*) from jsonb_array_elements(i.units) u "
     "  where k.says <> 'former' and u ->> 'status' in ('dispatched', 'en_route', 'on_scene')), "
     "'told', coalesce(" TOLD_TOO ", '[]')) "
     "from notify.link($1::bytea) k join notify.alert al using (district_id, alert_id) "
     "join district.district d using (district_id) "
     "join district.incident i using (district_id, agency_id, incident_no) "
     "join district.school n on n.district_id = al.district_id and n.school_id = al.school_id "
     "left join code.type t on t.code = i.type_code left join code.class c on c.class = i.class"},
    {"ack_press",
     "select k.district_id, k.alert_id, k.contact_id, al.acknowledged_at is null, "
     "notify.acknowledge_link($1::bytea) "
     "from notify.link($1::bytea) k join notify.alert al using (district_id, alert_id) "
     "where k.says is not null"},
    {"link_shown", "select notify.link_shown($1::bytea)"},
};
const size_t ack_statement_count = sizeof ack_statements / sizeof ack_statements[0];

int ack_check(struct exchange *exchange, struct fault *fault)
{
    const char *token = exchange->params.value[0];
    size_t size = strlen(token);

    if (size < TOKEN_LEAST || size > TOKEN_MOST ||
        strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != size)
        exchange_error(exchange, 404, "not_found", NULL, "There is no such link.");
    (void)fault;
    return 0;
}

static void link_hash(const struct exchange *exchange, char out[SESSION_HASH_TEXT])
{
    const char *token = exchange->params.value[0];

    session_hash_octets(token, strlen(token), out);
}

static void shown_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    char hash[SESSION_HASH_TEXT];

    if (PQntuples(result) == 0)
        exchange_error(exchange, 404, "not_found", NULL, "There is no such link.");
    else if (PQgetvalue(result, 0, 0)[0] != 't')
        exchange_error(exchange, 410, "expired", NULL, "This link is not valid any more.");
    else
        exchange_json(exchange, 200, PQgetvalue(result, 0, 1), (size_t)PQgetlength(result, 0, 1));
    if (exchange->status == 200) {
        link_hash(exchange, hash);
        db_exec_text(job, "link_shown", NULL, NULL, 1, hash);
    }
}

static void show(struct exchange *exchange, struct db_job *job)
{
    char hash[SESSION_HASH_TEXT];

    link_hash(exchange, hash);
    db_exec_text(job, "ack_show", shown_cb, exchange, 1, hash);
}

void ack_show_steps(struct exchange *exchange, struct db_job *job)
{
    show(exchange, job);
}

static void pressed_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    struct ack *own = calloc(1, sizeof *own);

    if (PQntuples(result) == 1 && own != NULL) {
        own->district = atoi(PQgetvalue(result, 0, 0));
        own->alert = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
        own->first = PQgetvalue(result, 0, 3)[0] == 't';
    }
    exchange->own = own;
    exchange->own_size = own == NULL ? 0 : sizeof *own;
    show(exchange, job); /* as it is now; or why not */
}

void ack_press_steps(struct exchange *exchange, struct db_job *job)
{
    char hash[SESSION_HASH_TEXT];

    link_hash(exchange, hash);
    db_exec_text(job, "ack_press", pressed_cb, exchange, 1, hash);
}

void ack_press_done(struct exchange *exchange)
{
    const struct ack *own = exchange->own;

    if (own != NULL && own->first)
        streams_tell_alert(exchange->service, own->district, own->alert);
    exchange_reply(exchange);
}
