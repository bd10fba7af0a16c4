#include "facts.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *const status_words[FACTS_STATUSES] = {
    [FACTS_OPEN] = "open",           [FACTS_CLOSED] = "closed", [FACTS_CANCELLED] = "cancelled",
    [FACTS_ELSEWHERE] = "elsewhere", [FACTS_MERGED] = "merged", [FACTS_ERROR] = "error",
    [FACTS_WITHDRAWN] = "withdrawn",
};
static const char *const sensitivity_words[FACTS_SENSITIVITIES] =
    {[FACTS_SAY_ALL] = "open", [FACTS_RESTRICTED] = "restricted", [FACTS_SEALED] = "sealed"};
static const char *const unit_words[FACTS_UNIT_STATES] = {
    [FACTS_UNITS_NONE] = "",       [FACTS_DISPATCHED] = "dispatched", [FACTS_EN_ROUTE] = "en_route",
    [FACTS_ON_SCENE] = "on_scene", [FACTS_CLEAR] = "clear",
};

/* The index of word, or fallback. */
static int word_index(const char *const *words, int count, const char *word, int fallback)
{
    for (int i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return fallback;
}

enum facts_sensitivity facts_sensitivity_of(const char *word)
{
    return (enum facts_sensitivity)word_index(sensitivity_words, FACTS_SENSITIVITIES, word,
                                              FACTS_SEALED);
}

enum facts_units facts_units_of(const char *word)
{
    return (enum facts_units)word_index(unit_words, FACTS_UNIT_STATES, word, FACTS_UNITS_NONE);
}

/* Agencies --------------------------------------------------------------------------------------*/

/* The next id of a list, and moves the list on; its size is 0 at the end. */
static size_t next_id(const char **list, const char **id)
{
    *list += strspn(*list, ",");
    *id = *list;
    size_t size = strcspn(*list, ",");
    *list += size;
    return size;
}

static bool holds(const char *list, const char *id, size_t size)
{
    const char *other;
    size_t other_size;

    while ((other_size = next_id(&list, &other)) > 0)
        if (other_size == size && memcmp(other, id, size) == 0)
            return true;
    return false;
}

/* Whether one of list is not in the other. */
static bool has_more(const char *list, const char *than)
{
    const char *id;
    size_t size;

    while ((size = next_id(&list, &id)) > 0)
        if (!holds(than, id, size))
            return true;
    return false;
}

static void add_agency(struct facts *facts, const char *id, size_t size)
{
    size_t used = strlen(facts->folded_by);

    if (holds(facts->folded_by, id, size) || used + size + 2 > sizeof facts->folded_by)
        return;
    snprintf(facts->folded_by + used, sizeof facts->folded_by - used, "%s%.*s", used ? "," : "",
             (int)size, id);
    facts->folded++;
}

/* Of the agencies that were said, those stay whose call goes on; all of them once this one is over.
 */
static void keep_agencies(struct facts *facts, const struct facts *said)
{
    const char *list = said->folded_by, *id;
    size_t size;

    while ((size = next_id(&list, &id)) > 0)
        if (facts->status != FACTS_OPEN || holds(facts->folded_still, id, size))
            add_agency(facts, id, size);
}

static unsigned agencies_changed(const struct facts *was, const struct facts *now)
{
    if (was->folded > 0 && !was->folded_by[0]) /* said by an older version, which kept no ids */
        return was->folded < now->folded   ? CHANGED_FOLDED
               : was->folded > now->folded ? CHANGED_UNFOLDED * (now->status == FACTS_OPEN)
                                           : 0;
    return (has_more(now->folded_by, was->folded_by) ? CHANGED_FOLDED : 0) |
           (has_more(was->folded_by, now->folded_by) ? CHANGED_UNFOLDED : 0);
}

/* Facts -----------------------------------------------------------------------------------------*/

unsigned facts_changed(const struct facts *was, const struct facts *now)
{
    unsigned changed = 0;

    if (was->status != now->status)
        changed |= CHANGED_STATUS;
    if (strcmp(was->class, now->class) != 0 || strcmp(was->type, now->type) != 0 ||
        was->sensitivity != now->sensitivity)
        changed |= CHANGED_TYPE;
    if (strcmp(was->relation, now->relation) != 0)
        changed |= CHANGED_RELATION;
    if (strcmp(was->place, now->place) != 0 && was->sensitivity == FACTS_SAY_ALL &&
        now->sensitivity == FACTS_SAY_ALL) /* else the place is, or was, not told */
        changed |= CHANGED_PLACE;
    if (was->calls != now->calls)
        changed |= CHANGED_CALLS;
    changed |= agencies_changed(was, now);
    if (now->status != FACTS_OPEN)
        return changed;
    if (strcmp(was->holders, now->holders) != 0)
        changed |= CHANGED_HOLDERS;
    if (was->held != now->held)
        changed |= CHANGED_HELD;
    if (now->handed != 0 && was->handed != now->handed)
        changed |= CHANGED_HANDED;
    return changed;
}

struct facts facts_for(const struct facts *now, const struct facts *said, bool own, int64_t handed)
{
    struct facts facts = *now;

    if (own || now->status != FACTS_OPEN) { /* of a call that is over nobody is told who has it */
        memcpy(facts.holders, said->holders, sizeof facts.holders);
        facts.held = said->held;
    }
    facts.handed = handed != 0 ? handed : said->handed;
    keep_agencies(&facts, said);
    return facts;
}

bool facts_stand(const struct facts *facts)
{
    return facts->status == FACTS_OPEN || facts->status == FACTS_CLOSED;
}

bool facts_known(const struct facts *facts)
{
    return facts->status < FACTS_STATUSES;
}

static json_t *facts_json(const struct facts *f)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:i, s:i, s:i, s:s, s:i, s:I, s:s, "
                     "s:b, s:I, s:i}",
                     "status", facts_known(f) ? status_words[f->status] : "", "sensitivity",
                     sensitivity_words[f->sensitivity], "class", f->class, "type", f->type,
                     "relation", f->relation, "place", f->place, "units", f->units, "unit_state",
                     unit_words[f->unit_state], "coming", f->coming, "calls", f->calls, "folded",
                     f->folded, "folded_by", f->folded_by, "severity", f->severity, "closed_at",
                     (json_int_t)f->closed_at, "holders", f->holders, "held", f->held, "handed",
                     (json_int_t)f->handed, "sent", f->sent);
}

static int facts_of_json(json_t *json, struct facts *f)
{
    const char *status, *sensitivity, *class, *type, *relation, *place, *unit_state, *holders = "";
    const char *folded_by = "";
    json_int_t closed_at = 0, handed = 0;
    int held = 0;

    memset(f, 0, sizeof *f);
    if (json_unpack(
            json,
            "{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s?i, s?i, s?i, s?s, s?i, s?I, s?s, s?b, "
            "s?I, s?i}",
            "status", &status, "sensitivity", &sensitivity, "class", &class, "type", &type,
            "relation", &relation, "place", &place, "units", &f->units, "unit_state", &unit_state,
            "coming", &f->coming, "calls", &f->calls, "folded", &f->folded, "folded_by", &folded_by,
            "severity", &f->severity, "closed_at", &closed_at, "holders", &holders, "held", &held,
            "handed", &handed, "sent", &f->sent) != 0)
        return ERR_SYNTAX;
    f->status = (enum facts_status)word_index(status_words, FACTS_STATUSES, status, FACTS_OPEN);
    f->sensitivity = facts_sensitivity_of(sensitivity);
    f->unit_state = facts_units_of(unit_state);
    f->closed_at = closed_at;
    f->held = held;
    f->handed = handed;
    snprintf(f->holders, sizeof f->holders, "%s", holders);
    snprintf(f->folded_by, sizeof f->folded_by, "%s", folded_by);
    snprintf(f->class, sizeof f->class, "%s", class);
    snprintf(f->type, sizeof f->type, "%s", type);
    snprintf(f->relation, sizeof f->relation, "%s", relation);
    snprintf(f->place, sizeof f->place, "%s", place);
    return 0;
}

char *content_encode(const struct content *content)
{
    json_t *json = json_pack("{s:o, s:o, s:I, s:I}", "now", facts_json(&content->now), "first",
                             facts_json(&content->first), "opened", (json_int_t)content->opened,
                             "late_s", (json_int_t)content->late_s);
    if (!json)
        return NULL;
    if (content->has_was && facts_known(&content->was))
        json_object_set_new(json, "was", facts_json(&content->was));
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

int content_decode(const char *text, struct content *content)
{
    json_t *json = json_loads(text, 0, NULL);
    json_t *was = json ? json_object_get(json, "was") : NULL;
    int rc = ERR_SYNTAX;

    memset(content, 0, sizeof *content);
    if (!json || facts_of_json(json_object_get(json, "now"), &content->now) != 0 ||
        facts_of_json(json_object_get(json, "first"), &content->first) != 0)
        goto out;
    content->has_was = was && facts_of_json(was, &content->was) == 0;
    content->opened = json_integer_value(json_object_get(json, "opened"));
    content->late_s = json_integer_value(json_object_get(json, "late_s"));
    rc = 0;
out:
    json_decref(json);
    return rc;
}
