#include "mailbox.h"

#include "clock.h"
#include "errors.h"
#include "transport.h"
#include "uuid.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    CALL_MOST_S = 60,
    CONNECT_MOST_S = 10,
    VISIT_MOST_S = 120, /* after which it begins no further message */
    TRIES = 3,          /* of a message at which the connection ends */
    UIDS_MOST = 1000,   /* that one search asks for: its answer is bounded too */
};

/* What a call of the server gave; no more than room octets are kept. */
struct reply {
    char *text;
    size_t size, room;
};

struct session {
    CURL *curl;
    struct mailbox_visit *visit;
    struct reply reply;
    CURLcode rc; /* of the last call */
};

/* Calls ----------------------------------------------------------------------------------------*/

static size_t take_cb(char *data, size_t size, size_t count, void *ctx)
{
    struct reply *reply = ctx;
    size_t octets = size * count;
    size_t left = reply->room - reply->size;
    size_t kept = octets < left ? octets : left;

    memcpy(reply->text + reply->size, data, kept);
    reply->size += kept;
    reply->text[reply->size] = '\0';
    return octets;
}

static int progress_cb(void *ctx, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    const struct mailbox_visit *visit = ctx;

    (void)down_total, (void)up_total, (void)up;
    /* A server that sends more than was asked for is not listened to for ever. */
    return atomic_load(visit->stop) || down > 4 * (curl_off_t)MAILBOX_OCTETS_MOST;
}

static int session_open(struct session *session, struct mailbox_visit *visit)
{
    const struct bounce_settings *settings = visit->settings;

    *session = (struct session){.visit = visit, .curl = curl_easy_init()};
    session->reply.room = MAILBOX_OCTETS_MOST;
    session->reply.text = malloc(session->reply.room + 1);
    if (!session->curl || !session->reply.text)
        return ERR_NOMEM;
    curl_easy_setopt(session->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(session->curl, CURLOPT_PROTOCOLS_STR, "imap,imaps");
    curl_easy_setopt(session->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(session->curl, CURLOPT_TIMEOUT, (long)CALL_MOST_S);
    curl_easy_setopt(session->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_MOST_S);
    /* Also of the answer to LOGOUT after a call that failed: libcurl has no other limit for it. */
    curl_easy_setopt(session->curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)CALL_MOST_S);
    /* A name server that hangs is not waited for when all ends. */
    curl_easy_setopt(session->curl, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(session->curl, CURLOPT_USE_SSL,
                     (long)(settings->plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (settings->ca_file[0])
        curl_easy_setopt(session->curl, CURLOPT_CAINFO, settings->ca_file);
    curl_easy_setopt(session->curl, CURLOPT_USERNAME, settings->user);
    curl_easy_setopt(session->curl, CURLOPT_PASSWORD, settings->password);
    curl_easy_setopt(session->curl, CURLOPT_WRITEFUNCTION, take_cb);
    curl_easy_setopt(session->curl, CURLOPT_WRITEDATA, &session->reply);
    curl_easy_setopt(session->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(session->curl, CURLOPT_XFERINFOFUNCTION, progress_cb);
    curl_easy_setopt(session->curl, CURLOPT_XFERINFODATA, visit);
    return 0;
}

static void session_close(struct session *session)
{
    if (session->curl)
        transport_discard(session->curl, SHUT_RD);
    free(session->reply.text);
}

/* Sends one command (NULL: fetches what path names) at settings->url + path; the answer is in
 * session->reply. */
static int call(struct session *session, const char *path, const char *command)
{
    char url[512];

    session->reply.size = 0;
    session->reply.text[0] = '\0';
    snprintf(url, sizeof url, "%s/%s", session->visit->settings->url, path);
    curl_easy_setopt(session->curl, CURLOPT_URL, url);
    curl_easy_setopt(session->curl, CURLOPT_CUSTOMREQUEST, command);
    session->rc = curl_easy_perform(session->curl);
    if (session->rc == CURLE_OK)
        return 0;
    snprintf(session->visit->error, sizeof session->visit->error, "imap curl-%d", (int)session->rc);
    return ERR_IO;
}

/* Finding messages -----------------------------------------------------------------------------*/

/* The number behind a word of an answer, or -1. */
static int64_t number_behind(const char *text, const char *word)
{
    const char *at = strstr(text, word);

    return at ? strtoll(at + strlen(word), NULL, 10) : -1;
}

/* Where the mailbox ends: the UID that its next message gets. */
static int find_end(struct session *session, int64_t *end)
{
    struct mailbox_visit *visit = session->visit;
    char command[160];

    snprintf(command, sizeof command, "STATUS \"%s\" (UIDVALIDITY UIDNEXT)",
             visit->settings->mailbox);
    if (call(session, "", command) != 0)
        return ERR_IO;
    int64_t uidvalidity = number_behind(session->reply.text, "UIDVALIDITY ");
    *end = number_behind(session->reply.text, "UIDNEXT ");
    if (uidvalidity < 0 || *end < 0) {
        snprintf(visit->error, sizeof visit->error, "imap status");
        return ERR_IO;
    }
    if (uidvalidity != visit->uidvalidity)
        visit->uid = 0; /* another mailbox under the same name */
    visit->uidvalidity = uidvalidity;
    return 0;
}

/* The UIDs of "* SEARCH 3 5 9", in order. */
static size_t read_uids(const char *text, uint32_t uids[MAILBOX_MESSAGES_MOST + 1])
{
    static const char word[] = "* SEARCH";
    const char *at = strstr(text, word);
    size_t count = 0;

    for (at = at ? at + strlen(word) : ""; *at == ' ' && count <= MAILBOX_MESSAGES_MOST;) {
        char *end;
        unsigned long uid = strtoul(at + 1, &end, 10);
        if (end == at + 1 || uid == 0)
            break;
        uids[count++] = (uint32_t)uid;
        at = end;
    }
    return count;
}

static int search(struct session *session, int64_t first, int64_t last, const char *which,
                  uint32_t uids[MAILBOX_MESSAGES_MOST + 1], size_t *count)
{
    char command[96];

    snprintf(command, sizeof command, "UID SEARCH UID %" PRId64 ":%" PRId64 "%s", first, last,
             which);
    if (call(session, session->visit->settings->mailbox, command) != 0)
        return ERR_IO;
    *count = read_uids(session->reply.text, uids);
    return 0;
}

static bool is_among(uint32_t uid, const uint32_t *uids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (uids[i] == uid)
            return true;
    return false;
}

/* Reading --------------------------------------------------------------------------------------*/

static int store_flag(struct session *session, uint32_t uid, const char *change)
{
    char command[96];

    snprintf(command, sizeof command, "UID STORE %" PRIu32 " %s", uid, change);
    return call(session, session->visit->settings->mailbox, command);
}

/* Whether a call failed for the message's sake, and not for the connection's: the next one can be
 * read. It has gone, its answer is none, or it does not end where the server said. */
static bool is_of_message(const struct session *session)
{
    switch (session->rc) {
    case CURLE_REMOTE_FILE_NOT_FOUND:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_PARTIAL_FILE:
        return true;
    case CURLE_ABORTED_BY_CALLBACK:
        return !atomic_load(session->visit->stop);
    default:
        return false;
    }
}

/* Reading a message marks it as seen; one that is no report gets that mark taken back. */
static int read_message(struct session *session, uint32_t uid, bool unseen)
{
    struct mailbox_visit *visit = session->visit;
    struct mailbox_report *report = &visit->report[visit->report_count];
    char path[128];

    snprintf(path, sizeof path, "%s/;UID=%" PRIu32 "/;PARTIAL=0.%d", visit->settings->mailbox, uid,
             MAILBOX_OCTETS_MOST);
    if (call(session, path, NULL) != 0)
        return is_of_message(session) ? 0 : ERR_IO;
    visit->seen++;
    if (dsn_read(session->reply.text, session->reply.size, &report->dsn)) {
        report->uid = uid;
        visit->report_count++;
    } else if (unseen) {
        return store_flag(session, uid, "-FLAGS.SILENT (\\Seen)");
    }
    return 0;
}

/* ERR_IO: the server is not there. Else *read says whether the message could be read. */
static int try_message(struct session *session, uint32_t uid, bool unseen, bool *read)
{
    *read = false;
    for (int i = 0; i < TRIES && !*read; i++) {
        *read = read_message(session, uid, unseen) == 0;
        if (!*read && call(session, session->visit->settings->mailbox, "NOOP") != 0)
            return ERR_IO;
    }
    return 0;
}

/* Whether the server gives an octet of the mailbox's first message, or of its last. Neither is
 * marked as seen. */
static bool gives_others(struct session *session)
{
    static const char *const commands[] = {"FETCH 1 BODY.PEEK[]<0.1>", "FETCH * BODY.PEEK[]<0.1>"};

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (call(session, session->visit->settings->mailbox, commands[i]) == 0 &&
            strstr(session->reply.text, "BODY["))
            return true;
    return false;
}

/* A message that cannot be read is passed over if another one can be: the server is well, and what
 * lies behind it is not hidden. Else the mark stays before it, and nothing is lost. done: how many
 * of the messages are over. */
static int read_messages(struct session *session, const uint32_t *uids, size_t count,
                         const uint32_t *unseen, size_t unseen_count, size_t *done)
{
    struct mailbox_visit *visit = session->visit;
    int64_t until = clock_mono_us() + VISIT_MOST_S * INT64_C(1000000);
    size_t bad = 0;
    bool read;

    for (*done = 0; *done < count && clock_mono_us() < until; ++*done) {
        uint32_t uid = uids[*done];
        if (try_message(session, uid, is_among(uid, unseen, unseen_count), &read) != 0)
            return ERR_IO;
        if (read) {
            visit->uid = uid;
            visit->passed_over += bad;
        }
        bad = read ? 0 : bad + 1;
    }
    if (bad > 0 && !gives_others(session))
        return ERR_IO;
    visit->passed_over += bad;
    if (*done > 0)
        visit->uid = uids[*done - 1];
    return 0;
}

static int read_behind(struct session *session)
{
    struct mailbox_visit *visit = session->visit;
    uint32_t all[MAILBOX_MESSAGES_MOST + 1], unseen[MAILBOX_MESSAGES_MOST + 1];
    size_t count = 0, unseen_count = 0, done = 0;
    int64_t end = 0;

    if (find_end(session, &end) != 0)
        return ERR_IO;
    int64_t first = visit->uid + 1;
    int64_t last = end - 1 < first + UIDS_MOST - 1 ? end - 1 : first + UIDS_MOST - 1;
    if (last < first)
        return 0;
    if (search(session, first, last, "", all, &count) != 0 ||
        search(session, first, last, " UNSEEN", unseen, &unseen_count) != 0)
        return ERR_IO;
    size_t most = count < MAILBOX_MESSAGES_MOST ? count : MAILBOX_MESSAGES_MOST;
    if (read_messages(session, all, most, unseen, unseen_count, &done) != 0)
        return ERR_IO;
    if (done == count)
        visit->uid = last;
    visit->more = visit->uid < end - 1;
    return 0;
}

int mailbox_read(struct mailbox_visit *visit)
{
    struct session session;
    int rc = session_open(&session, visit);

    visit->more = false;
    visit->seen = visit->passed_over = visit->report_count = 0;
    if (rc == 0)
        rc = read_behind(&session);
    else
        snprintf(visit->error, sizeof visit->error, "imap memory");
    session_close(&session);
    return rc;
}

/* Looking for test messages --------------------------------------------------------------------*/

/* The UUID behind stem in the Subject of message uid. A message without one is left out. */
static int read_subject(struct session *session, uint32_t uid, const char *stem)
{
    struct mailbox_visit *visit = session->visit;
    struct mailbox_report *report = &visit->report[visit->report_count];
    char path[128];

    snprintf(path, sizeof path, "%s/;UID=%" PRIu32 "/;SECTION=HEADER.FIELDS%%20(SUBJECT)",
             visit->settings->mailbox, uid);
    if (call(session, path, NULL) != 0)
        return is_of_message(session) ? 0 : ERR_IO;
    visit->seen++;
    const char *at = strstr(session->reply.text, stem);
    *report = (struct mailbox_report){.uid = uid};
    snprintf(report->dsn.token, sizeof report->dsn.token, "%s", at ? at + strlen(stem) : "");
    visit->report_count += uuid_is(report->dsn.token);
    return 0;
}

static int find_one(struct session *session, const char *sender, const char *stem, const char *word,
                    int length)
{
    struct mailbox_visit *visit = session->visit;
    uint32_t uids[MAILBOX_MESSAGES_MOST + 1];
    char command[512];

    snprintf(command, sizeof command, "UID SEARCH UNDELETED FROM \"%s\" SUBJECT \"%.*s\"", sender,
             length, word);
    if (call(session, visit->settings->mailbox, command) != 0)
        return ERR_IO;
    size_t count = read_uids(session->reply.text, uids);
    for (size_t i = 0; i < count && visit->report_count < MAILBOX_MESSAGES_MOST; i++)
        if (read_subject(session, uids[i], stem) != 0)
            return ERR_IO;
    return 0;
}

static int find_all(struct session *session, const char *sender, const char *stem,
                    const char *words)
{
    int rc = 0;

    for (size_t length; rc == 0 && *words; words += length + (words[length] == ' ')) {
        length = strcspn(words, " ");
        rc = find_one(session, sender, stem, words, (int)length);
    }
    return rc;
}

int mailbox_find(struct mailbox_visit *visit, const char *sender, const char *stem,
                 const char *words)
{
    struct session session;
    int rc = session_open(&session, visit);

    visit->seen = visit->report_count = 0;
    visit->error[0] = '\0';
    if (rc == 0)
        rc = find_all(&session, sender, stem, words);
    else
        snprintf(visit->error, sizeof visit->error, "imap memory");
    session_close(&session);
    return rc;
}

/* Afterwards -----------------------------------------------------------------------------------*/

int mailbox_mark(struct mailbox_visit *visit)
{
    const struct bounce_settings *settings = visit->settings;
    struct session session;
    int rc = session_open(&session, visit);

    for (size_t i = 0; i < visit->report_count && rc == 0; i++) {
        char command[64];
        uint32_t uid = visit->report[i].uid;
        rc = store_flag(&session, uid,
                        settings->delete_read ? "+FLAGS.SILENT (\\Seen \\Deleted)"
                                              : "+FLAGS.SILENT (\\Seen)");
        /* This one alone (RFC 4315): an EXPUNGE would take what others have marked. A server that
         * cannot leaves it marked. */
        snprintf(command, sizeof command, "UID EXPUNGE %" PRIu32, uid);
        if (rc == 0 && settings->delete_read)
            call(&session, settings->mailbox, command);
    }
    session_close(&session);
    return rc;
}
