#include "match.h"

#include "address.h"
#include "errors.h"
#include "intake_words.h"
#include "school_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* The confidence of each kind of match. Anything else is no match. */
#define SURE_ALIAS    0.95 /* a person or an import stated that these words mean the school */
#define SURE_ADDRESS  0.95
#define SURE_NAME     0.9  /* core and level, or core and "school" where one school has it */
#define SURE_CORNER   0.85 /* the district's data state that this corner is the school's */
#define SURE_SPELLING 0.75 /* one slip in a long name, level given, no other school near */
#define SURE_BOTH     0.75 /* an address and a name that mean the same, each unsure alone */
#define SURE_BLOCK    0.7  /* the block that holds the school's address */
#define MAYBE_BARE    0.5  /* "GARFIELD": also a street, a park, a president */
#define MAYBE_MORE    0.5  /* "NEAR GARFIELD HS", "GARFIELD HS APARTMENTS" */
#define MAYBE_PART    0.6  /* "HALE HS" for Nathan Hale */
#define MAYBE_STREET  0.6  /* number and street agree, direction or suffix is missing */
#define MAYBE_SLIP    0.6  /* two slips, or a short name */
#define MAYBE_SEVERAL 0.55 /* several schools have it */

enum { SLIP_LEAST = 5, SLIP_SURE = 6, SLIP_SURE_SUBSTITUTED = 8, SLIP_TWO = 9, SLIPS_MOST = 2 };

/* An entry of a table; the entries of one key form a list. */
struct entry {
    struct entry *next; /* of the same key */
    int district_id, school_id;
    enum school_level level;   /* of names */
    bool bare;                 /* of aliases: these words mean no school */
    struct address_part place; /* of addresses */
    UT_hash_handle hh;
    char key[];
};

struct match {
    struct entry *aliases; /* key: 'a' or 'n', then the normal form */
    struct entry *names;   /* key: the core */
    struct entry *numbers; /* key: the hundred of the house number, as text */
    struct entry *corners; /* key: "", so that all are in one list */
};

struct found {
    struct match_hit hit[MATCH_MAX];
    size_t count;
    int settled[MATCH_MAX]; /* districts in which these words mean no school */
    size_t settled_count;
};

struct match *match_new(void)
{
    return calloc(1, sizeof(struct match));
}

static void free_table(struct entry *table)
{
    struct entry *first = table, *after, *next;

    HASH_CLEAR(hh, table); /* the table; its items stay linked */
    for (; first; first = after) {
        after = first->hh.next;
        for (struct entry *one = first; one; one = next) {
            next = one->next;
            free(one);
        }
    }
}

void match_free(struct match *match)
{
    if (!match)
        return;
    free_table(match->aliases);
    free_table(match->names);
    free_table(match->numbers);
    free_table(match->corners);
    free(match);
}

static struct entry *look(struct entry *table, const char *key)
{
    struct entry *first;

    HASH_FIND_STR(table, key, first);
    return first;
}

static int add(struct entry **table, const char *key, const struct entry *from)
{
    struct entry *one = calloc(1, sizeof *one + strlen(key) + 1), *first = look(*table, key);

    if (!one)
        return ERR_NOMEM;
    *one = *from;
    strcpy(one->key, key);
    if (first) {
        one->next = first->next;
        first->next = one;
    } else {
        HASH_ADD_STR(*table, key, one);
    }
    return 0;
}

static void hundred_key(int number, char key[16])
{
    snprintf(key, 16, "%d", number / 100);
}

static int add_address(struct match *match, int district_id, int school_id, const char *text)
{
    struct address_part parts[ADDRESS_PARTS];
    size_t count = address_read(text, parts);
    struct entry entry = {.district_id = district_id, .school_id = school_id};
    char key[16];

    for (size_t i = 0; i < count; i++) {
        entry.place = parts[i];
        if (parts[i].kind == ADDRESS_CORNER)
            return add(&match->corners, "", &entry);
        if (parts[i].kind == ADDRESS_STREET_NUMBER && parts[i].number >= 0) {
            hundred_key(parts[i].number, key);
            return add(&match->numbers, key, &entry);
        }
    }
    return 0;
}

static int add_name(struct match *match, const struct match_school *school, const char *text)
{
    struct school_name name;
    struct entry entry = {.district_id = school->district_id, .school_id = school->school_id};

    school_name_read(text, &name);
    entry.level = name.level > LEVEL_SCHOOL ? name.level : school_level_of(school->level);
    return name.core[0] ? add(&match->names, name.core, &entry) : 0;
}

int match_add_school(struct match *match, const struct match_school *school)
{
    const char *at = strstr(school->name, " at ");
    char before[SCHOOL_NAME_SIZE];
    int err = add_name(match, school, school->name);

    if (!err && at) { /* a school in another one's building is found by its name alone */
        snprintf(before, sizeof before, "%.*s", (int)(at - school->name), school->name);
        if (!strchr(before, '('))
            err = add_name(match, school, before);
    }
    if (!err && school->address[0])
        err = add_address(match, school->district_id, school->school_id, school->address);
    return err;
}

static void alias_key(bool is_address, const char *text, char key[ADDRESS_MAX + 1])
{
    key[0] = is_address ? 'a' : 'n';
    address_normal(text, key + 1);
}

int match_add_alias(struct match *match, int district_id, int school_id, bool is_address,
                    const char *text)
{
    char key[ADDRESS_MAX + 1];
    struct entry entry = {
        .district_id = district_id, .school_id = school_id, .bare = school_id == 0};
    struct school_name name;
    int err;

    alias_key(is_address, text, key);
    school_name_read(text, &name);
    if (!key[1] || !name.core[0])
        return 0;
    err = add(&match->aliases, key, &entry);
    if (err || school_id == 0)
        return err;
    if (is_address)
        return add_address(match, district_id, school_id, text);
    entry.level = name.level;
    return name.level > LEVEL_NONE && !name.more && name.core[0]
               ? add(&match->names, name.core, &entry)
               : 0;
}

/* ---- Finding ---- */

static void put(struct found *found, const struct entry *entry, enum match_method method,
                double confidence)
{
    for (size_t i = 0; i < found->count; i++) {
        struct match_hit *hit = &found->hit[i];

        if (hit->school_id != entry->school_id)
            continue;
        if (confidence > hit->confidence) {
            hit->confidence = confidence;
            hit->method = method;
        }
        return;
    }
    if (found->count < MATCH_MAX)
        found->hit[found->count++] =
            (struct match_hit){entry->district_id, entry->school_id, method, confidence};
}

static void find_alias(const struct match *match, bool is_address, const char *text,
                       struct found *found)
{
    char key[ADDRESS_MAX + 1];

    alias_key(is_address, text, key);
    for (const struct entry *e = key[1] ? look(match->aliases, key) : NULL; e; e = e->next)
        if (!e->bare)
            put(found, e, is_address ? MATCH_ADDRESS : MATCH_NAME, SURE_ALIAS);
        else if (found->settled_count < MATCH_MAX)
            found->settled[found->settled_count++] = e->district_id;
}

/* Whether two schools are in one block, so that the block alone identifies neither. */
static bool another_house(const struct found *found, const struct match *match, const char *key)
{
    int number = -1;

    for (const struct entry *e = look(match->numbers, key); e; e = e->next)
        for (size_t i = 0; i < found->count; i++)
            if (found->hit[i].school_id == e->school_id && found->hit[i].method == MATCH_BLOCK) {
                if (number >= 0 && number != e->place.number)
                    return true;
                number = e->place.number;
            }
    return false;
}

static void find_house(const struct match *match, const struct address_part *part,
                       struct found *found)
{
    char key[16];

    hundred_key(part->number, key);
    for (const struct entry *e = look(match->numbers, key); e; e = e->next) {
        enum address_likeness like = address_compare(&part->street[0], &e->place.street[0]);
        bool block = part->block || e->place.block;
        bool same = part->number == e->place.number;
        bool round = part->number % 100 == 0; /* some agencies round without a mark */

        if (like == ADDRESS_OTHER || (!block && !same && !round))
            continue;
        if (like == ADDRESS_ALIKE || (!block && !same))
            put(found, e, block || !same ? MATCH_BLOCK : MATCH_ADDRESS, MAYBE_STREET);
        else
            put(found, e, block ? MATCH_BLOCK : MATCH_ADDRESS, block ? SURE_BLOCK : SURE_ADDRESS);
    }
    if (part->block && another_house(found, match, key))
        for (size_t i = 0; i < found->count; i++)
            found->hit[i].confidence = MAYBE_SEVERAL;
}

static enum address_likeness corner_likeness(const struct address_part *a,
                                             const struct address_part *b)
{
    enum address_likeness best = ADDRESS_OTHER;

    for (int turned = 0; turned < 2; turned++) {
        enum address_likeness x = address_compare(&a->street[0], &b->street[turned]);
        enum address_likeness y = address_compare(&a->street[1], &b->street[!turned]);
        enum address_likeness both = x < y ? x : y;
        if (both > best)
            best = both;
    }
    return best;
}

static void find_corner(const struct match *match, const struct address_part *part,
                        struct found *found)
{
    for (const struct entry *e = look(match->corners, ""); e; e = e->next) {
        enum address_likeness like = corner_likeness(part, &e->place);

        if (like != ADDRESS_OTHER)
            put(found, e, MATCH_CORNER, like == ADDRESS_SAME ? SURE_CORNER : MAYBE_STREET);
    }
}

/* Finds schools of this core whose level fits the words. Returns how many different ones. */
static size_t find_core(const struct match *match, const char *core, enum school_level level,
                        double confidence, struct found *found)
{
    size_t before = found->count;

    for (const struct entry *e = look(match->names, core); e; e = e->next) {
        bool guess =
            level > LEVEL_SCHOOL && e->level == LEVEL_NONE; /* the school's level is not known */

        if (school_level_fits(level, e->level))
            put(found, e, MATCH_NAME, guess && confidence > MAYBE_MORE ? MAYBE_MORE : confidence);
    }
    return found->count - before;
}

static void several(struct found *found, size_t from)
{
    for (size_t i = from; found->count > from + 1 && i < found->count; i++)
        found->hit[i].confidence = MAYBE_SEVERAL;
}

/* One or two spelling mistakes, if no other school's name is as near. */
static void find_slip(const struct match *match, const struct school_name *name,
                      struct found *found)
{
    size_t length = strlen(name->core), near = 0;
    int most = length >= SLIP_TWO ? SLIPS_MOST : 1;
    struct entry *first, *after, *best = NULL;
    bool substituted = false, best_substituted = false;
    int best_distance = 0;

    if (length < SLIP_LEAST || name->level <= LEVEL_SCHOOL)
        return;
    HASH_ITER(hh, match->names, first, after)
    {
        int distance = words_distance(name->core, first->key, most, &substituted);

        if (distance > most)
            continue;
        for (struct entry *e = first; e; e = e->next)
            if (school_level_fits(name->level, e->level)) {
                near += !best || best->school_id != e->school_id;
                best = e;
                best_distance = distance;
                best_substituted = substituted;
            }
    }
    if (near != 1)
        return;
    bool sure = best_distance == 1 && !name->more && best->level != LEVEL_NONE &&
                length >= (best_substituted ? SLIP_SURE_SUBSTITUTED : SLIP_SURE);
    put(found, best, MATCH_SPELLING, sure ? SURE_SPELLING : MAYBE_SLIP);
}

/* Whether part stands in whole as whole words at its beginning or its end. */
static bool is_end_of(const char *part, const char *whole)
{
    size_t p = strlen(part), w = strlen(whole);

    return p < w && ((whole[w - p - 1] == ' ' && strcmp(whole + w - p, part) == 0) ||
                     (whole[p] == ' ' && strncmp(whole, part, p) == 0));
}

/* "HALE HS" for "NATHAN HALE HS", "JAMES GARFIELD HS" for "GARFIELD HS". */
static void find_part(const struct match *match, const struct school_name *name,
                      struct found *found)
{
    struct entry *first, *after;

    if (name->level == LEVEL_NONE || strlen(name->core) < 3)
        return;
    HASH_ITER(hh, match->names, first, after)
    {
        bool less = is_end_of(name->core, first->key), more = is_end_of(first->key, name->core);

        if (!less && !more)
            continue;
        for (struct entry *e = first; e; e = e->next)
            if (school_level_fits(name->level, e->level) &&
                (name->level > LEVEL_SCHOOL || e->level == LEVEL_NONE || more))
                put(found, e, MATCH_NAME, less ? MAYBE_PART : MAYBE_MORE);
    }
}

static void find_name(const struct match *match, const char *text, struct found *found)
{
    struct school_name name;
    size_t from = found->count;

    school_name_read(text, &name);
    if (!name.core[0])
        return;
    double sure = name.level == LEVEL_NONE ? MAYBE_BARE : name.more ? MAYBE_MORE : SURE_NAME;
    if (name.level == LEVEL_NONE && name.more)
        return;
    if (find_core(match, name.core, name.level, sure, found) > 0) {
        several(found, from);
        return;
    }
    if (look(match->names,
             name.core)) /* there is a school of that name, of another level: no match */
        return;
    find_slip(match, &name, found);
    if (found->count == from)
        find_part(match, &name, found);
}

static void find_parts(const struct match *match, const char *text, bool is_address,
                       struct found *by_place, struct found *by_name)
{
    struct address_part parts[ADDRESS_PARTS];
    size_t count = address_read(text, parts);

    find_alias(match, is_address, text, is_address ? by_place : by_name);
    for (size_t i = 0; i < count; i++) {
        const struct address_part *part = &parts[i];

        if (part->kind == ADDRESS_STREET_NUMBER && part->number >= 0)
            find_house(match, part, by_place);
        if (part->kind == ADDRESS_CORNER)
            find_corner(match, part, by_place);
        if (part->name[0])
            find_name(match, part->name, by_name);
    }
}

static bool is_sure(const struct found *found)
{
    return found->count > 0 && found->hit[0].confidence >= MATCH_SURE;
}

/* The surest first, then the lower id, so that the order is always the same. */
static int compare_cb(const void *left, const void *right)
{
    const struct match_hit *a = left, *b = right;

    if (a->confidence < b->confidence || a->confidence > b->confidence)
        return a->confidence < b->confidence ? 1 : -1;
    return (a->school_id > b->school_id) - (a->school_id < b->school_id);
}

static void keep_sure(struct found *found)
{
    qsort(found->hit, found->count, sizeof *found->hit, compare_cb);
    if (!is_sure(found))
        return;
    while (found->count && found->hit[found->count - 1].confidence < MATCH_SURE)
        found->count--;
}

static const struct match_hit *hit_of(const struct found *found, int school_id)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->hit[i].school_id == school_id)
            return &found->hit[i];
    return NULL;
}

/* Joins the results of address and name: a school that both mean is sure. If each is sure of a
 * different school, none is sure. */
static struct found join(const struct found *place, const struct found *name)
{
    struct found both = {.count = 0};
    bool sure = is_sure(place) || is_sure(name);

    for (size_t i = 0; i < place->count; i++) {
        const struct match_hit *other = hit_of(name, place->hit[i].school_id);

        if (!other)
            continue;
        both.hit[both.count] =
            place->hit[i].confidence >= other->confidence ? place->hit[i] : *other;
        if (both.hit[both.count].confidence < MATCH_SURE)
            both.hit[both.count].confidence = SURE_BOTH;
        both.count++;
    }
    if (both.count)
        return both;
    if (sure && is_sure(place) != is_sure(name))
        return is_sure(place) ? *place : *name;
    both = *place;
    for (size_t i = 0; i < name->count && both.count < MATCH_MAX; i++)
        both.hit[both.count++] = name->hit[i];
    for (size_t i = 0; sure && place->count && name->count && i < both.count; i++)
        both.hit[i].confidence = MAYBE_SEVERAL;
    return both;
}

/* A person has stated that these words mean no school of that district: no new question is
 * asked. */
static void drop_settled(struct found *found, const struct found *by)
{
    for (size_t i = found->count; i-- > 0;)
        for (size_t d = 0; d < by->settled_count; d++)
            if (found->hit[i].district_id == by->settled[d]) {
                memmove(&found->hit[i], &found->hit[i + 1],
                        (found->count - i - 1) * sizeof *found->hit);
                found->count--;
                break;
            }
}

size_t match_find(const struct match *match, const char *address, const char *name,
                  struct match_hit hits[MATCH_MAX])
{
    struct found place = {.count = 0}, named = {.count = 0};

    if (address[0])
        find_parts(match, address, true, &place, &named);
    if (name[0])
        find_parts(match, name, false, &place, &named);
    keep_sure(&place);
    keep_sure(&named);
    struct found all = join(&place, &named);
    keep_sure(&all);
    if (!is_sure(&all)) {
        drop_settled(&all, &place);
        drop_settled(&all, &named);
    }
    memcpy(hits, all.hit, all.count * sizeof *hits);
    return all.count;
}
