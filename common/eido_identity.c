/* See eido_private.h: which incident a document is about, as of when, and its merges. */
#include "eido_private.h"

static int refuse(struct eido *e, enum err code, const char *field, const char *reason)
{
    return error_set(e->error, code, field, "%s", reason);
}

/* "0" stands for no incident, in the tracking id and in agencies' own numbers. */
static bool is_no_incident(const char *id)
{
    return *id == '\0' || strcmp(id, "0") == 0;
}

bool eido_unique_part(const char *id, char out[EIDO_MAX_ID + 1])
{
    static const char prefix[] = "urn:emergency:uid:";
    size_t size = strlen(id);

    /* One producer writes "urn:emergency:uid:incident:host:unique", in another order: taken
     * whole. */
    if (strncasecmp(id, prefix, sizeof(prefix) - 1) == 0 &&
        strncasecmp(id + sizeof(prefix) - 1, "incident:", 9) != 0) {
        id += sizeof(prefix) - 1;
        id += strcspn(id, ":");
        id += *id == ':';
        size = strcspn(id, ":");
    }
    event_trim(&id, &size);
    if (size > EIDO_MAX_ID)
        return false;
    memcpy(out, id, size);
    out[size] = '\0';
    return true;
}

/* Some producers number their messages by $id, and put the incident's id inside. */
static const json_t *tracking_id(const struct eido *e)
{
    const json_t *id = eido_get(e->root, "$id");
    const json_t *inner = eido_get(e->incident, "incidentTrackingIdentifier");
    const char *text = json_string_value(id), *within = json_string_value(inner);

    if (!within || !*within)
        return id;
    if (text && strncasecmp(text, "urn:emergency:uid:incidentid:", 29) == 0)
        return id;
    return inner;
}

static int take_tracking_id(struct eido *e, char unique[EIDO_MAX_ID + 1])
{
    const json_t *id = tracking_id(e);

    if (!id || json_is_null(id))
        return refuse(e, ERR_MISSING, "$id",
                      e->incident ? "must be given"
                                  : "must be given: it has no member of an EIDO (NENA-STA-021)");
    if (!json_is_string(id))
        return refuse(e, ERR_TYPE, "$id", "must be a text");
    if (!eido_unique_part(json_string_value(id), unique))
        return refuse(e, ERR_SIZE, "$id", "its unique part must be at most 64 octets long");
    if (*unique == '\0')
        return refuse(e, ERR_VALUE, "$id", "has no unique part");
    if (strcmp(unique, "0") == 0)
        return refuse(e, ERR_VALUE, "$id", "is not of an incident: its unique part is 0");
    return eido_set_or_refuse(e, "event_id", unique, "$id");
}

static int take_version(struct eido *e)
{
    const json_t *version = eido_get(e->root, "eidoVersion");
    const char *text = json_string_value(version);

    if (text && (text[0] != '1' || (text[1] != '.' && text[1] != '\0')))
        return refuse(e, ERR_VALUE, "eidoVersion", "must be 1.x");
    return 0;
}

static int take_occurred_at(struct eido *e)
{
    const json_t *value = eido_get(e->root, "lastUpdateTimeStamp");
    event_time *out = &e->event->occurred_at;

    if (!value || json_is_null(value))
        value = eido_get(e->incident, "lastUpdateTimeStamp");
    if (!value || json_is_null(value))
        return refuse(e, ERR_MISSING, "lastUpdateTimeStamp", "must be given");
    if (!json_is_string(value))
        return refuse(e, ERR_TYPE, "lastUpdateTimeStamp",
                      "must be a text: a time as in RFC 3339, with an offset");
    if (event_time_parse(json_string_value(value), json_string_length(value), out) == ERR_TIME)
        return refuse(e, ERR_TIME, "lastUpdateTimeStamp",
                      "must be a time as in RFC 3339, with an offset");
    if (*out == EVENT_TIME_NONE || !event_time_in_range(*out, e->now))
        return refuse(e, ERR_RANGE, "lastUpdateTimeStamp",
                      "must lie between 1990-01-01 and one day ahead of the clock");
    return 0;
}

/* Returns false for a word that is none of the three. */
static bool merge_way(const char *word, enum eido_merge_way *way)
{
    static const char *const words[] = {[EIDO_MERGE_INTO] = "REPLACING",
                                        [EIDO_MERGE_FROM] = "REPLACED",
                                        [EIDO_SPLIT_FROM] = "SPLIT"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(word, words[i]) == 0) {
            *way = (enum eido_merge_way)i;
            return true;
        }
    return false;
}

static void note_merge(struct eido_facts *facts, enum eido_merge_way way, const char *other)
{
    struct eido_merge *merge = &facts->merge[facts->merge_count];

    if (facts->merge_count == EIDO_MAX_MERGES)
        return;
    merge->way = way;
    strcpy(merge->other, other);
    facts->merge_count++;
}

/* Incidents are joined by the unique part of the other one's tracking id. */
static int take_merge(struct eido *e, enum eido_merge_way way, const char *unique,
                      const char *other)
{
    int err = 0;

    if (way == EIDO_MERGE_INTO)
        err = eido_set_or_refuse(e, "merged_into", other, "mergeComponent");
    if (way == EIDO_SPLIT_FROM) {
        /* The rest of the document describes the incident that was split off. */
        err = eido_set_or_refuse(e, "split_from", unique, "$id");
        if (!err && !*e->event->incident)
            err = eido_set_or_refuse(e, "incident", other, "mergeComponent");
        strcpy(e->facts->tracking, other);
        other = unique;
    }
    note_merge(e->facts, way, other);
    return err;
}

/* A merge names another incident by its tracking id; a merge that names its own is ignored. */
static int take_merges(struct eido *e, const char *unique)
{
    const json_t *merges = eido_component(e, "mergeComponent");
    char other[EIDO_MAX_ID + 1];
    enum eido_merge_way way;
    int err = 0;

    for (size_t i = 0; !err && i < eido_list_size(merges); i++) {
        const json_t *merge = eido_list_at(merges, i);
        const char *id = json_string_value(eido_get(merge, "incidentTrackingIdentifier"));
        const char *word = json_string_value(eido_get(merge, "incidentMergeDirectionCode"));

        if (id && word && merge_way(word, &way) && eido_unique_part(id, other) &&
            !is_no_incident(other) && strcmp(other, unique) != 0)
            err = take_merge(e, way, unique, other);
    }
    return err;
}

int eido_take_identity(struct eido *e)
{
    const json_t *number = eido_get(e->incident, "internalIncidentId");
    char unique[EIDO_MAX_ID + 1];
    int err = take_tracking_id(e, unique);

    if (!err)
        err = take_version(e);
    if (!err)
        err = take_occurred_at(e);
    if (!err)
        err = eido_take_or_refuse(e, "incident", number, "incidentComponent.internalIncidentId");
    if (!err && is_no_incident(e->event->incident))
        *e->event->incident = '\0';
    if (!err) {
        strcpy(e->facts->tracking, unique);
        e->facts->numbered = *e->event->incident != '\0';
        err = take_merges(e, unique);
    }
    if (!err && !*e->event->incident)
        err = eido_set_or_refuse(e, "incident", unique, "$id");
    return err;
}
