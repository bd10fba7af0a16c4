#include "decode.h"

#include "eido.h"

#include <string.h>

static bool type_is(const char *type, size_t size, const char *wanted)
{
    const char *end = memchr(type, ';', size); /* parameters are ignored */
    size_t length = end ? (size_t)(end - type) : size;

    while (length > 0 && type[length - 1] == ' ')
        length--;
    return length == strlen(wanted) && memcmp(type, wanted, length) == 0;
}

const char *decode_type(const char *type, size_t size)
{
    return type_is(type, size, EVENT_CONTENT_TYPE)        ? EVENT_CONTENT_TYPE
           : type_is(type, size, EVENT_CONTENT_TYPE_EIDO) ? EVENT_CONTENT_TYPE_EIDO
                                                          : "";
}

static void withhold(char *code, const struct session *session, const struct tables *tables,
                     struct event_dropped *dropped)
{
    if (!withheld_has(tables->withheld, session->agency_id, code))
        return;
    strcpy(code, EVENT_WITHHELD);
    dropped->withheld++;
}

/* An agency may have a number as its code for a withheld fact: the code map names such codes. */
static void withhold_own(struct event *event, const struct session *session,
                         const struct tables *tables, struct event_dropped *dropped)
{
    withhold(event->call_type, session, tables, dropped);
    withhold(event->final_type, session, tables, dropped);
    for (size_t i = 0; i < event->dispositions.count; i++)
        withhold(event->dispositions.item[i].code, session, tables, dropped);
    for (size_t i = 0; i < event->outcomes.count; i++) {
        withhold(event->outcomes.item[i].code, session, tables, dropped);
        withhold(event->outcomes.item[i].offense, session, tables, dropped);
    }
}

_Static_assert(sizeof EVENT_WITHHELD <= 16, "fits the shortest code");

int decode_body(struct event *event, const struct session *session, const struct tables *tables,
                const char *type, size_t type_size, const char *body, size_t size, int64_t now,
                struct event_dropped *dropped, struct error *error)
{
    int err;

    if (type_is(type, type_size, EVENT_CONTENT_TYPE)) {
        if (size > EVENT_MAX_OCTETS)
            return error_set(error, ERR_SIZE, "", "longer than %d octets", EVENT_MAX_OCTETS);
        err = event_decode(event, body, size, now, dropped, error);
    } else if (type_is(type, type_size, EVENT_CONTENT_TYPE_EIDO)) {
        if (size > EVENT_MAX_EIDO_OCTETS)
            return error_set(error, ERR_SIZE, "", "longer than %d octets", EVENT_MAX_EIDO_OCTETS);
        err = eido_decode(event, body, size, now, dropped, error);
    } else {
        return error_set(error, ERR_CONTENT, "content-type", "is not accepted");
    }
    if (err)
        return err;
    if (event->agency[0] && strcmp(event->agency, session->agency) != 0)
        return error_set(error, ERR_AGENCY, "agency", "is not the agency of this key");
    withhold_own(event, session, tables, dropped);
    return 0;
}
