#include "probe.h"

#include "aside.h"
#include "catalogue.h"
#include "channel.h"
#include "clock.h"
#include "decimal.h"
#include "link_key.h"
#include "log.h"
#include "mailbox.h"
#include "uuid.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define STEM "liaison-probe-" /* in the subject, before the token */

enum {
    LOOK_MOST_S = 10,
    FORGET_S = 60,
    SECOND_US = 1000000,
    WORD_OCTETS = 16, /* as in probe_begin */
    WORDS_MOST = 41,  /* our own, and those of probe_begin */
};

enum phase {
    IDLE,
    ASKING,   /* the database, whether a test message is to be sent or looked for */
    SENDING,  /* on the thread */
    NOTING,   /* how that ended, in the database */
    LOOKING,  /* into the mailbox, on the thread */
    WRITING,  /* what came back, into the database */
    DELETING, /* it, on the thread */
};

struct probe {
    struct db *db;
    const struct settings *settings;
    const struct steady *steady;
    const char *instance;
    enum phase phase;
    int64_t due_mono, forget_mono;
    bool forgetting;
    bool turn;                                  /* to be sent by us */
    char words[WORDS_MOST * (WORD_OCTETS + 1)]; /* in the subjects of those to be looked for */
    char token[UUID_TEXT], hash[LINK_HASH_TEXT];
    struct parcel *parcel; /* while SENDING and NOTING */
    bool refused;          /* the last one was not taken */
    char mailbox_error[48];
    uv_thread_t thread; /* while SENDING, LOOKING or DELETING */
    atomic_bool thread_done;
    int thread_rc;
    atomic_bool stop;
    struct transport_stop transport_stop;
    struct mailbox_visit visit;
    struct aside_job begin;
};

static void rest(struct probe *probe)
{
    int every_s = probe->settings->probe_every_s;

    probe->phase = IDLE;
    probe->due_mono = clock_mono_us() + (every_s < LOOK_MOST_S ? every_s : LOOK_MOST_S) * SECOND_US;
}

/* The thread -----------------------------------------------------------------------------------*/

static void send_it(struct probe *probe)
{
    struct transport transport;

    transport_open(&transport, &probe->transport_stop, NULL);
    transport_start(&transport, probe->settings->timeout_s);
    email_channel.send(&transport, probe->settings, probe->parcel);
    transport_close(&transport);
}

static void thread_cb(void *ctx)
{
    struct probe *probe = ctx;

    if (probe->phase == SENDING)
        send_it(probe);
    else if (probe->phase == LOOKING)
        probe->thread_rc =
            mailbox_find(&probe->visit, probe->settings->from_address, STEM, probe->words);
    else
        probe->thread_rc = mailbox_mark(&probe->visit);
    atomic_store(&probe->thread_done, true);
}

static bool on_thread(const struct probe *probe)
{
    return probe->phase == SENDING || probe->phase == LOOKING || probe->phase == DELETING;
}

/* False: there is no thread, and the turn is over. */
static bool begin_thread(struct probe *probe, enum phase phase)
{
    probe->phase = phase;
    atomic_store(&probe->thread_done, false);
    if (uv_thread_create(&probe->thread, thread_cb, probe) == 0)
        return true;
    rest(probe);
    return false;
}

/* Sending --------------------------------------------------------------------------------------*/

/* As asprintf; NULL without memory. */
__attribute__((format(printf, 1, 2))) static char *made(const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    return length < 0 ? NULL : text;
}

/* The word by which a test message is looked for: the beginning of its token's hash. So all
 * processes can look for it, and who has not seen it cannot write a mail that has it. */
static const char *word_of(const struct probe *probe)
{
    return probe->hash + strlen("\\x");
}

/* It says what it is, and names nobody. NULL without memory. */
static struct parcel *compose(const struct probe *probe)
{
    static const struct catalogue words = {0};
    const char *subject = catalogue_text(&words, "probe.subject");
    const char *text = catalogue_text(&words, "probe.text");
    struct parcel *parcel = calloc(1, sizeof *parcel);

    if (!parcel)
        return NULL;
    parcel->channel = &email_channel;
    parcel->lane = LANE_LIVE;
    parcel->to = strdup(probe->settings->probe_to);
    parcel->subject =
        made("%s " STEM "%s %.*s", subject, probe->token, WORD_OCTETS, word_of(probe));
    parcel->text = made("%s\n", text);
    parcel->html = made("<p>%s</p>\n", text);
    parcel->message_id = made("%s@%s", probe->token, probe->settings->domain);
    parcel->root_id = made("probe@%s", probe->settings->domain);
    parcel->created_at = clock_wall_us() / SECOND_US;
    if (parcel->to && parcel->subject && parcel->text && parcel->html && parcel->message_id &&
        parcel->root_id)
        return parcel;
    parcel_free(parcel);
    return NULL;
}

static void look(struct probe *probe)
{
    probe->visit =
        (struct mailbox_visit){.settings = &probe->settings->probes, .stop = &probe->stop};
    begin_thread(probe, LOOKING);
}

static const char *outcome_of(const struct parcel *parcel)
{
    return parcel->end == END_OK ? "sent" : parcel->end == END_UNKNOWN ? "unknown" : "failed";
}

static void note_step_cb(struct db_job *job, void *ctx)
{
    struct probe *probe = ctx;
    const struct parcel *parcel = probe->parcel;

    db_exec_text(job, "probe_sent", NULL, NULL, 4, probe->hash, outcome_of(parcel),
                 parcel->end == END_OK ? "" : reason_name(parcel->reason), parcel->error);
}

static void note_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct probe *probe = ctx;

    if (outcome == DB_REFUSED)
        log_error("probe_sent", "sqlstate=%s", error->sqlstate);
    parcel_free(probe->parcel);
    probe->parcel = NULL;
    if (atomic_load(&probe->stop))
        rest(probe);
    else
        look(probe);
}

/* Only a change is logged. */
static void end_sending(struct probe *probe)
{
    const struct parcel *parcel = probe->parcel;
    bool refused = parcel->end != END_OK;

    if (refused && !probe->refused)
        log_warn("probe", "outcome=%s reason=%s error=\"%s\"", outcome_of(parcel),
                 reason_name(parcel->reason), parcel->error);
    probe->refused = refused;
    probe->phase = NOTING;
    if (db_submit(probe->db, note_step_cb, note_done_cb, probe) == 0)
        return;
    parcel_free(probe->parcel);
    probe->parcel = NULL;
    rest(probe);
}

static void begin_sending(struct probe *probe)
{
    probe->parcel = compose(probe);
    if (!probe->parcel) {
        rest(probe);
    } else if (!begin_thread(probe, SENDING)) {
        parcel_free(probe->parcel);
        probe->parcel = NULL;
    }
}

/* Asking ---------------------------------------------------------------------------------------*/

static void begun_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct probe *probe = ctx;

    (void)job;
    probe->turn = PQgetvalue(result, 0, 0)[0] == 't';
    size_t own = probe->turn ? strlen(probe->words) : 0;
    snprintf(probe->words + own, sizeof probe->words - own, "%s", PQgetvalue(result, 0, 1));
}

static void ask_step_cb(struct db_job *job, void *ctx)
{
    struct probe *probe = ctx;
    struct provider_plan plan;

    email_channel.plan(probe->settings, WAY_FIRST, &plan);
    probe->turn = false;
    snprintf(probe->words, sizeof probe->words, "%.*s ", WORD_OCTETS, word_of(probe));
    db_exec_text(job, "probe_begin", begun_cb, probe, 7, probe->instance,
                 DECIMAL(probe->settings->probe_every_s), DECIMAL(probe->settings->probe_within_s),
                 DECIMAL(steady_now_us(probe->steady)), plan.name, probe->hash,
                 probe->mailbox_error);
}

static void ask_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct probe *probe = ctx;

    aside_job_ended(probe->db, &probe->begin, outcome, error);
    bool goes_on = outcome == DB_COMMITTED && !atomic_load(&probe->stop);

    if (goes_on && probe->turn)
        begin_sending(probe);
    else if (goes_on && probe->words[0])
        look(probe);
    else
        rest(probe);
}

static void ask(struct probe *probe)
{
    unsigned char octets[UUID_OCTETS];

    uuid_make(octets);
    uuid_format(octets, probe->token);
    link_hash(NULL, probe->token, probe->hash);
    probe->phase = ASKING;
    if (db_submit(probe->db, ask_step_cb, ask_done_cb, probe) != 0)
        rest(probe);
}

/* Reading back ---------------------------------------------------------------------------------*/

static void write_step_cb(struct db_job *job, void *ctx)
{
    struct probe *probe = ctx;
    const struct mailbox_visit *visit = &probe->visit;
    char hash[LINK_HASH_TEXT];

    for (size_t i = 0; i < visit->report_count; i++) {
        link_hash(NULL, visit->report[i].dsn.token, hash);
        db_exec_text(job, "probe_returned", NULL, NULL, 2, hash,
                     DECIMAL(steady_now_us(probe->steady)));
    }
}

static void write_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct probe *probe = ctx;

    if (outcome == DB_REFUSED)
        log_error("probe_returned", "sqlstate=%s", error->sqlstate);
    if (outcome == DB_COMMITTED)
        begin_thread(probe, DELETING);
    else
        rest(probe);
}

/* What was read before the server failed counts. */
static void end_looking(struct probe *probe)
{
    bool failed = probe->thread_rc != 0 && !atomic_load(&probe->stop);

    if (failed && !probe->mailbox_error[0])
        log_warn("probe_mailbox", "error=\"%s\"", probe->visit.error);
    snprintf(probe->mailbox_error, sizeof probe->mailbox_error, "%s",
             failed ? probe->visit.error : "");
    probe->phase = WRITING;
    if (probe->visit.report_count == 0 ||
        db_submit(probe->db, write_step_cb, write_done_cb, probe) != 0)
        rest(probe);
}

static void end_deleting(struct probe *probe)
{
    if (probe->thread_rc != 0 && !atomic_load(&probe->stop))
        log_warn("probe_mailbox", "error=\"%s\" step=delete", probe->visit.error);
    rest(probe);
}

/* Forgetting -----------------------------------------------------------------------------------*/

static void forget_step_cb(struct db_job *job, void *ctx)
{
    struct probe *probe = ctx;

    db_exec_text(job, "probe_forget", NULL, NULL, 1, DECIMAL(steady_now_us(probe->steady)));
}

static void forget_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct probe *probe = ctx;

    probe->forgetting = false;
    if (outcome == DB_REFUSED)
        log_warn("probe_forget", "sqlstate=%s", error->sqlstate);
}

/* Also by processes that send none: what others did is over. */
static void forget(struct probe *probe)
{
    int64_t now = clock_mono_us();

    if (probe->forgetting || now < probe->forget_mono)
        return;
    probe->forget_mono = now + (int64_t)FORGET_S * SECOND_US;
    probe->forgetting = db_submit(probe->db, forget_step_cb, forget_done_cb, probe) == 0;
}

/* Life -----------------------------------------------------------------------------------------*/

static void end_thread(struct probe *probe)
{
    uv_thread_join(&probe->thread);
    if (probe->phase == SENDING)
        end_sending(probe);
    else if (probe->phase == LOOKING)
        end_looking(probe);
    else
        end_deleting(probe);
}

void probe_tick(struct probe *probe)
{
    if (on_thread(probe) && atomic_load(&probe->thread_done))
        end_thread(probe);
    if (atomic_load(&probe->stop) || !steady_now_us(probe->steady))
        return;
    forget(probe);
    if (probe->phase == IDLE && probe->settings->probe_to[0] && clock_mono_us() >= probe->due_mono)
        ask(probe);
}

struct probe *probe_open(struct db *db, const struct settings *settings,
                         const struct steady *steady, const char *instance)
{
    struct probe *probe = calloc(1, sizeof *probe);

    if (!probe)
        return NULL;
    probe->db = db;
    probe->settings = settings;
    probe->steady = steady;
    probe->instance = instance;
    probe->begin.name = "probe_begin";
    return probe;
}

void probe_stop(struct probe *probe)
{
    atomic_store(&probe->stop, true);
    atomic_store(&probe->transport_stop.abandon, true);
}

bool probe_idle(const struct probe *probe)
{
    return probe->phase == IDLE && !probe->forgetting;
}

void probe_close(struct probe *probe)
{
    if (!probe)
        return;
    probe_stop(probe);
    if (on_thread(probe))
        uv_thread_join(&probe->thread);
    parcel_free(probe->parcel);
    free(probe);
}
