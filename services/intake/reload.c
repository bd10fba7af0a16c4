#include "reload.h"

#include "log.h"
#include "text_same.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum table { TABLE_KEYS, TABLE_SCHOOLS, TABLE_CODES, TABLE_COUNT };

static const char *const table_names[TABLE_COUNT] = {"keys", "schools", "codes"};

struct withheld {
    char key[96]; /* agency_id, space, source code as a person reads it */
    UT_hash_handle hh;
};

struct reload {
    struct db *db;
    struct tables *tables;
    void (*changed_cb)(void *ctx, const char *name);
    void *ctx;
    bool running;
    char have[TABLE_COUNT][24];  /* revision that is loaded */
    char found[TABLE_COUNT][24]; /* revision that the running job saw */
    bool changed[TABLE_COUNT];
    struct place_map *places; /* being filled */
};

/* Writes the key of a code as a person reads it. A look-alike may be read as l or as i: as_i
 * chooses. Returns whether the code has one. */
static bool withheld_key(int agency_id, const char *own, bool as_i, char key[96])
{
    struct text_key read;
    int n = snprintf(key, 96, "%d ", agency_id);
    bool either = false;

    if (text_key(&read, own) != 0) {
        for (; *own && n < 95; own++)
            key[n++] = (char)toupper((unsigned char)*own); /* the others are in lower case */
        key[n] = '\0';
        return false;
    }
    for (size_t i = 0; i < read.size && n < 95; i++) {
        bool is_it = read.letter[i] & 0x80 && strchr("il", read.letter[i] & 0x7f);

        key[n++] = is_it ? as_i ? 'i' : 'l' : (char)(read.letter[i] & 0x7f);
        either = either || is_it;
    }
    key[n] = '\0';
    return either;
}

bool withheld_has(const struct withheld *withheld, int agency_id, const char *own)
{
    char key[96];
    struct withheld *found;
    bool either;

    if (!withheld || !own[0])
        return false;
    either = withheld_key(agency_id, own, false, key);
    HASH_FIND_STR(withheld, key, found);
    if (!found && either) {
        withheld_key(agency_id, own, true, key);
        HASH_FIND_STR(withheld, key, found);
    }
    return found != NULL;
}

int withheld_add(struct withheld **withheld, int agency_id, const char *own)
{
    struct withheld *one = calloc(1, sizeof *one), *there;

    if (!one)
        return ERR_NOMEM;
    withheld_key(agency_id, own, false, one->key);
    HASH_FIND_STR(*withheld, one->key, there);
    if (there)
        free(one);
    else
        HASH_ADD_STR(*withheld, key, one);
    return 0;
}

static void withheld_free(struct withheld *withheld)
{
    struct withheld *one = withheld, *next;

    HASH_CLEAR(hh, withheld); /* the table; its items stay linked */
    for (; one; one = next) {
        next = one->hh.next;
        free(one);
    }
}

void tables_free(struct tables *tables)
{
    keys_free(&tables->keys);
    place_map_free(tables->places);
    withheld_free(tables->withheld);
}

static void keys_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct reload *reload = ctx;
    struct keys keys = {0};

    for (int r = 0; r < PQntuples(result); r++) {
        struct limits limits = {atoll(PQgetvalue(result, r, 4)), atoll(PQgetvalue(result, r, 5)),
                                atoll(PQgetvalue(result, r, 6))};

        if (keys_add(&keys, PQgetvalue(result, r, 0), atoi(PQgetvalue(result, r, 1)),
                     PQgetvalue(result, r, 2), *PQgetvalue(result, r, 3) == 't') != 0) {
            keys_free(&keys);
            db_abandon(job, "no memory");
            return;
        }
        keys_limit(&keys, PQgetvalue(result, r, 0), &limits);
    }
    keys_free(&reload->tables->keys);
    reload->tables->keys = keys;
    reload->changed[TABLE_KEYS] = true;
}

static void schools_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct reload *reload = ctx;

    place_map_free(reload->places);
    reload->places = place_map_new();
    if (!reload->places) {
        db_abandon(job, "no memory");
        return;
    }
    for (int r = 0; r < PQntuples(result); r++) {
        struct place_school school = {
            .district_id = atoi(PQgetvalue(result, r, 0)),
            .school_id = atoi(PQgetvalue(result, r, 1)),
            .latitude = atof(PQgetvalue(result, r, 2)),
            .longitude = atof(PQgetvalue(result, r, 3)),
            .radius_m = atof(PQgetvalue(result, r, 4)),
            .campus = PQgetvalue(result, r, 5),
        };
        struct error error;

        if (place_map_add_school(reload->places, &school, &error) != 0)
            log_warn("bad_campus", "school_id=%d reason=\"%s\"", school.school_id, error.reason);
        place_map_add_name(reload->places, school.district_id, school.school_id,
                           PQgetvalue(result, r, 6), PQgetvalue(result, r, 8),
                           PQgetvalue(result, r, 7));
    }
}

/* Former names also mean the school, because people keep using them. */
static void names_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct reload *reload = ctx;

    (void)job;
    for (int r = 0; r < PQntuples(result); r++)
        place_map_add_name(reload->places, atoi(PQgetvalue(result, r, 0)),
                           atoi(PQgetvalue(result, r, 1)), PQgetvalue(result, r, 2),
                           PQgetvalue(result, r, 3), "");
}

static void aliases_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct reload *reload = ctx;

    (void)job;
    for (int r = 0; r < PQntuples(result); r++)
        place_map_add_alias(reload->places, atoi(PQgetvalue(result, r, 0)),
                            atoi(PQgetvalue(result, r, 1)),
                            *PQgetvalue(result, r, 2) == 'a' ? PLACE_ADDRESS : PLACE_NAME,
                            PQgetvalue(result, r, 3));
    place_map_ready(reload->places);
    place_map_free(reload->tables->places);
    reload->tables->places = reload->places;
    reload->places = NULL;
    reload->changed[TABLE_SCHOOLS] = true;
}

static void withheld_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct reload *reload = ctx;
    struct withheld *withheld = NULL;

    for (int r = 0; r < PQntuples(result); r++)
        if (withheld_add(&withheld, atoi(PQgetvalue(result, r, 0)), PQgetvalue(result, r, 1)) !=
            0) {
            withheld_free(withheld);
            db_abandon(job, "no memory");
            return;
        }
    withheld_free(reload->tables->withheld);
    reload->tables->withheld = withheld;
    reload->changed[TABLE_CODES] = true;
}

static void load(struct reload *reload, struct db_job *job, enum table table)
{
    switch (table) {
    case TABLE_KEYS:
        db_exec_text(job, "load_keys", keys_cb, reload, 0);
        break;
    case TABLE_SCHOOLS:
        db_exec_text(job, "load_schools", schools_cb, reload, 0);
        db_exec_text(job, "load_names", names_cb, reload, 0);
        db_exec_text(job, "load_aliases", aliases_cb, reload, 0);
        break;
    case TABLE_CODES:
        db_exec_text(job, "load_withheld", withheld_cb, reload, 0);
        break;
    case TABLE_COUNT:
        break;
    }
}

static void revisions_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct reload *reload = ctx;

    for (int r = 0; r < PQntuples(result); r++)
        for (int t = 0; t < TABLE_COUNT; t++) {
            const char *rev = PQgetvalue(result, r, 1);

            if (strcmp(PQgetvalue(result, r, 0), table_names[t]) != 0)
                continue;
            snprintf(reload->found[t], sizeof reload->found[t], "%s", rev);
            if (strcmp(rev, reload->have[t]) != 0)
                load(reload, job, (enum table)t);
        }
}

static void step_cb(struct db_job *job, void *ctx)
{
    struct reload *reload = ctx;

    memset(reload->changed, 0, sizeof reload->changed);
    db_exec_text(job, "revisions", revisions_cb, reload, 0);
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct reload *reload = ctx;
    bool all = true;

    reload->running = false;
    if (outcome != DB_COMMITTED) {
        if (outcome == DB_REFUSED)
            log_error("reload_refused", "sqlstate=%s", error->sqlstate);
        return;
    }
    for (int t = 0; t < TABLE_COUNT; t++) {
        if (reload->changed[t])
            memcpy(reload->have[t], reload->found[t], sizeof reload->have[t]);
        all &= reload->have[t][0] != '\0';
    }
    reload->tables->loaded = all;
    for (int t = 0; t < TABLE_COUNT; t++)
        if (reload->changed[t])
            reload->changed_cb(reload->ctx, table_names[t]);
}

struct reload *reload_new(struct db *db, struct tables *tables,
                          void (*changed_cb)(void *ctx, const char *name), void *ctx)
{
    struct reload *reload = calloc(1, sizeof *reload);

    if (!reload)
        return NULL;
    reload->db = db;
    reload->tables = tables;
    reload->changed_cb = changed_cb;
    reload->ctx = ctx;
    return reload;
}

void reload_look(struct reload *reload)
{
    if (!reload->running && db_is_up(reload->db))
        reload->running = db_submit(reload->db, step_cb, done_cb, reload) == 0;
}

void reload_free(struct reload *reload)
{
    if (!reload)
        return;
    place_map_free(reload->places);
    free(reload);
}
