#include "cap.h"

#include "message.h"
#include "utf8.h"
#include "webhook_address.h"
#include "words.h"

#include <libxml/chvalid.h>
#include <libxml/xmlwriter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/utf8.h>

static const char namespace_uri[] = "urn:oasis:names:tc:emergency:cap:1.2";

enum { TIME_SIZE = 32 };

/* What a class means to a machine. The severity is that of an ordinary call of the class. */
static const struct class_meaning {
    const char *class, *category, *severity;
} classes[] = {
    {"weapon", "Security", "Severe"},        {"violence", "Security", "Moderate"},
    {"threat", "Security", "Moderate"},      {"medical", "Health", "Moderate"},
    {"fire_hazard", "Fire", "Moderate"},     {"child_protection", "Security", "Moderate"},
    {"sex_offence", "Security", "Moderate"}, {"missing_person", "Rescue", "Moderate"},
    {"welfare", "Health", "Moderate"},       {"disturbance", "Security", "Minor"},
    {"drugs_alcohol", "Security", "Minor"},  {"suspicious", "Security", "Minor"},
    {"alarm", "Security", "Minor"},          {"traffic", "Transport", "Minor"},
    {"property", "Security", "Minor"},       {"police_activity", "Security", "Minor"},
};
static const struct class_meaning no_class = {"", "Other", "Unknown"},
                                  police_call = {"", "Security", "Unknown"};

/* What the state of a call means; NULL: it depends on the call. */
static const struct {
    const char *urgency, *severity, *certainty;
} states[FACTS_STATUSES] = {
    [FACTS_OPEN] = {NULL, NULL, NULL},
    [FACTS_CLOSED] = {"Past", NULL, NULL},
    [FACTS_CANCELLED] = {"Past", "Unknown", "Unlikely"},
    [FACTS_ELSEWHERE] = {"Past", "Unknown", "Unlikely"},
    [FACTS_MERGED] = {"Past", "Unknown", "Unknown"},
    [FACTS_ERROR] = {"Past", "Unknown", "Unlikely"},
    [FACTS_WITHDRAWN] = {"Unknown", "Unknown", "Unknown"},
};

static bool says_all(const struct notice *n)
{
    return n->content.now.sensitivity == FACTS_SAY_ALL;
}

/* Codes tell no more than words: of a police call, its kind and how bad it is are not said. */
static const struct class_meaning *meaning(const struct notice *n)
{
    if (!says_all(n))
        return &police_call;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(classes[i].class, n->content.now.class) == 0)
            return &classes[i];
    return &no_class;
}

static const char *urgency(const struct notice *n)
{
    const struct facts *now = &n->content.now;

    if (states[now->status].urgency)
        return states[now->status].urgency;
    return !says_all(n) ? "Unknown" : now->severity > 0 ? "Immediate" : "Expected";
}

static const char *severity(const struct notice *n)
{
    const struct facts *now = &n->content.now;

    if (states[now->status].severity)
        return states[now->status].severity;
    if (says_all(n) && now->severity >= FACTS_LIFE)
        return "Extreme";
    return says_all(n) && now->severity > 0 ? "Severe" : meaning(n)->severity;
}

/* Dispatch has what somebody reported; nobody has said that it is so. */
static const char *certainty(const struct notice *n)
{
    const struct facts *now = &n->content.now;

    if (states[now->status].certainty)
        return states[now->status].certainty;
    return words_uncertain(now)                ? "Unknown"
           : now->unit_state == FACTS_ON_SCENE ? "Likely"
                                               : "Possible";
}

/* An alert that was taken back, or that nobody has had, begins anew. */
static const char *message_type(const struct notice *n, const struct cap_ids *ids)
{
    if (n->kind == MESSAGE_CORRECTION || n->kind == MESSAGE_WITHDRAWN)
        return "Cancel";
    if (n->kind == MESSAGE_FIRST || !ids->earlier[0] ||
        (n->content.has_was && !facts_stand(&n->content.was)))
        return "Alert";
    return "Update";
}

/* Writing ---------------------------------------------------------------------------------------*/

struct cap_out {
    xmlTextWriterPtr writer;
    bool failed;
};

static void note_result(struct cap_out *out, int result)
{
    out->failed |= result < 0;
}

static void begin(struct cap_out *out, const char *name)
{
    note_result(out, xmlTextWriterStartElement(out->writer, BAD_CAST name));
}

static void end(struct cap_out *out)
{
    note_result(out, xmlTextWriterEndElement(out->writer));
}

/* The text without what XML cannot hold, each of which becomes a blank; free(). */
static char *clean(const char *text)
{
    char *copy = strdup(text);
    int32_t length = copy ? (int32_t)strlen(copy) : 0;

    for (int32_t at = 0, from = 0; at < length; from = at) {
        UChar32 point;

        U8_NEXT((const uint8_t *)copy, at, length, point);
        if (point < 0 || !xmlIsCharQ((unsigned int)point))
            memset(copy + from, ' ', (size_t)(at - from));
    }
    return copy;
}

/* An element of text; none for "". */
static void put(struct cap_out *out, const char *name, const char *text)
{
    char *copy;

    if (!text[0])
        return;
    copy = clean(text);
    if (copy)
        note_result(out, xmlTextWriterWriteElement(out->writer, BAD_CAST name, BAD_CAST copy));
    else
        out->failed = true;
    free(copy);
}

static void put_code(struct cap_out *out, const char *name, const char *value)
{
    if (!value[0])
        return;
    begin(out, "eventCode");
    put(out, "valueName", name);
    put(out, "value", value);
    end(out);
}

static char *time_text(time_t seconds, char text[TIME_SIZE])
{
    struct tm utc;

    gmtime_r(&seconds, &utc);
    strftime(text, TIME_SIZE, "%Y-%m-%dT%H:%M:%S-00:00", &utc);
    return text;
}

static void put_time(struct cap_out *out, const char *name, time_t seconds)
{
    char text[TIME_SIZE];

    if (seconds > 0)
        put(out, name, time_text(seconds, text));
}

/* "identifier,seconds ..." as "sender,identifier,time ...". free(). */
static char *references(const struct cap_ids *ids)
{
    char *text = NULL, time[TIME_SIZE];
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    if (!stream)
        return NULL;
    for (const char *at = ids->earlier; *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, ", ");
        long long seconds = at[length] == ',' ? strtoll(at + length + 1, NULL, 10) : 0;

        fprintf(stream, "%s%s,%.*s,%s", at == ids->earlier ? "" : " ", ids->sender, (int)length, at,
                time_text((time_t)seconds, time));
        at += strcspn(at, " ");
    }
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

static void put_references(struct cap_out *out, const struct notice *n, const struct cap_ids *ids)
{
    if (n->kind == MESSAGE_FIRST || !ids->earlier[0])
        return;
    char *text = references(ids);
    if (text)
        put(out, "references", text);
    else
        out->failed = true;
    free(text);
}

/* What the whole message is for: an exercise, or to take back what its reader may not see. */
static void put_note(struct cap_out *out, const struct notice *n)
{
    const char *mark = message_mark(n);
    const char *text =
        n->kind == MESSAGE_WITHDRAWN ? catalogue_text(&n->words, "message.withdrawn") : "";
    char *note = NULL;

    if (asprintf(&note, "%s%s%s", mark, mark[0] && text[0] ? " " : "", text) < 0) {
        out->failed = true;
        return;
    }
    put(out, "note", note);
    free(note);
}

static void put_texts(struct cap_out *out, const struct notice *n)
{
    const char *mark = message_mark(n);
    char *said = message_headline(n), *text = NULL;

    if (!said || asprintf(&text, "%s%s%s", mark, mark[0] ? " " : "", said) < 0) {
        out->failed = true;
        text = NULL;
        goto out;
    }
    char *headline = strndup(text, utf8_whole(text, CAP_HEADLINE_MOST));
    if (headline)
        put(out, "headline", headline);
    put(out, "description", text);
    out->failed |= !headline;
    free(headline);
out:
    free(text);
    free(said);
}

static void put_area(struct cap_out *out, const struct notice *n)
{
    const char *school =
        n->school[0] ? n->school : catalogue_text(&n->words, "message.none.school");

    begin(out, "area");
    put(out, "areaDesc", school);
    end(out);
}

static void put_info(struct cap_out *out, const struct notice *n)
{
    const struct facts *now = &n->content.now;
    char event[WORDS_SIZE];

    begin(out, "info");
    put(out, "language", language_code(n->words.language));
    put(out, "category", meaning(n)->category);
    put(out, "event", words_upper_first(words_what(&n->words, now), event, sizeof event));
    put(out, "urgency", urgency(n));
    put(out, "severity", severity(n));
    put(out, "certainty", certainty(n));
    if (says_all(n)) {
        put_code(out, "liaison:class", now->class);
        put_code(out, "liaison:type", now->type);
    }
    put_time(out, "onset", (time_t)n->content.opened);
    put(out, "senderName", n->district);
    put_texts(out, n);
    put(out, "web", n->link);
    put_area(out, n);
    end(out);
}

static void put_alert(struct cap_out *out, const struct notice *n, const struct cap_ids *ids)
{
    put(out, "identifier", ids->identifier);
    put(out, "sender", ids->sender);
    put_time(out, "sent", ids->sent);
    put(out, "status", n->drill || n->replay ? "Exercise" : "Actual");
    put(out, "msgType", message_type(n, ids));
    put(out, "scope", "Private");
    put(out, "addresses", ids->addresses);
    put_note(out, n);
    put_references(out, n, ids);
    put(out, "incidents", ids->incident);
    if (n->kind != MESSAGE_WITHDRAWN)
        put_info(out, n);
}

bool cap_id_ok(const char *text)
{
    if (!text[0])
        return false;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c <= ' ' || *c == 0x7f || strchr(",<&", *c))
            return false;
    return true;
}

char *cap_write(const struct notice *notice, const struct cap_ids *ids)
{
    xmlBufferPtr buffer = xmlBufferCreate();
    struct cap_out out = {.writer = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL};
    char *text = NULL;

    if (!out.writer)
        goto out;
    note_result(&out, xmlTextWriterStartDocument(out.writer, NULL, "UTF-8", NULL));
    note_result(&out, xmlTextWriterStartElementNS(out.writer, NULL, BAD_CAST "alert",
                                                  BAD_CAST namespace_uri));
    put_alert(&out, notice, ids);
    note_result(&out, xmlTextWriterEndDocument(out.writer));
    xmlFreeTextWriter(out.writer); /* what it holds back goes into the buffer */
    if (!out.failed)
        text = strdup((const char *)xmlBufferContent(buffer));
out:
    xmlBufferFree(buffer);
    return text;
}

/* The path of the URL may be a secret: whoever gets the alert from its receiver is not to have it.
 */
int cap_message(const struct notice *notice, struct parcel *parcel)
{
    char host[WEBHOOK_HOST] = "";
    struct cap_ids ids = {
        .identifier = parcel->message_id,
        .sender = parcel->sender,
        .addresses = webhook_host(parcel->to, false, host) == 0 ? host : "unknown",
        .incident = parcel->root_id,
        .earlier = parcel->earlier,
        .sent = parcel->created_at,
    };

    parcel->text = cap_write(notice, &ids);
    return parcel->text ? 0 : ERR_NOMEM;
}
