/* See eido_private.h: the messages in which producers wrap documents. */
#include "eido_private.h"

/* Members that hold a document or a list of them: of the conveyance, and of other wrappers. */
static const char *const wrappers[] = {
    "event",
    "notification",
    "notifications",
    "notify",
    "eido",
    "eidos",
    "emergencyIncidentDataObject",
    "documents",
    "document",
    "payload",
    "data",
    "body",
    "message",
};

/* Messages of the conveyance that hold no document. */
static const char *const talk[] = {
    "subscribe", "subscribeResponse", "unsubscribe",   "unsubscribeResponse",
    "terminate", "terminateResponse", "eventResponse",
};

static bool is_document(const json_t *value)
{
    return eido_get(value, "$id") || eido_get(value, "incidentComponent") ||
           eido_get(value, "callComponent") || eido_get(value, "lastUpdateTimeStamp");
}

static const json_t *inside(const json_t *value)
{
    for (size_t i = 0; i < sizeof wrappers / sizeof wrappers[0]; i++) {
        const json_t *found = eido_get(value, wrappers[i]);

        if (json_is_object(found) || json_is_array(found))
            return found;
    }
    return NULL;
}

/* Returns the name of the member that holds a document as text, or NULL. */
static const char *text_inside(const json_t *value)
{
    for (size_t i = 0; i < sizeof wrappers / sizeof wrappers[0]; i++) {
        const char *text = json_string_value(eido_get(value, wrappers[i]));

        if (text && text[strspn(text, " \t\r\n")] == '{')
            return wrappers[i];
    }
    return NULL;
}

const json_t *eido_unwrap(const json_t *root, struct error *error)
{
    const json_t *value = root;

    for (int deep = 0; deep < EIDO_WRAPPED_DEEP; deep++) {
        const json_t *next;

        if (json_is_array(value) && json_array_size(value) == 0) {
            error_set(error, ERR_MISSING, "notification", "holds no document");
            return NULL;
        }
        if (json_is_array(value) || is_document(value))
            return value;
        next = inside(value);
        if (!next)
            break;
        value = next;
    }
    for (size_t i = 0; i < sizeof talk / sizeof talk[0]; i++)
        if (eido_get(value, talk[i])) {
            error_set(error, ERR_MISSING, "notification",
                      "is a %s of the conveyance, which holds no document", talk[i]);
            return NULL;
        }
    if (text_inside(value)) {
        error_set(error, ERR_MISSING, text_inside(value),
                  "holds its document as a text: the document itself must stand there, as JSON");
        return NULL;
    }
    return value; /* reading it reports what is missing */
}
