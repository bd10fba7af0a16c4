/*
 * schema apply, schema status. Numbered files hold tables and go forward only: each is applied once
 * and for good. Repeatable files (r_name.sql) hold functions: they come after the numbered ones,
 * and again whenever their text differs from the text that was applied.
 */
#include "commands.h"
#include "out.h"
#include "sql.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SCHEMA_MAX_FILES = 512, SCHEMA_MAX_OCTETS = 4 << 20 };

struct schema_file {
    int version; /* 0: repeatable */
    char name[128];
    char sha256[65];
    char *text;
};

struct schema_files {
    struct schema_file file[SCHEMA_MAX_FILES]; /* in the order in which they are applied */
    size_t count;
    int version; /* the highest */
    char *grants;
};

/* In a checkout deploy/schema; installed, share/liaison/schema beside the program's bin. */
static void schema_dir(const struct ctl_args *args, char out[1024])
{
    const char *given = cli_text(args, "--dir");
    char self[900] = "";
    ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash = size > 0 ? strrchr(self, '/') : NULL;

    if (slash)
        *slash = '\0';
    if (given)
        snprintf(out, 1024, "%s", given);
    else if (access("deploy/schema/grants.sql", R_OK) == 0)
        snprintf(out, 1024, "deploy/schema");
    else
        snprintf(out, 1024, "%s/../share/liaison/schema", self);
}

static int read_text(const char *dir, const char *name, char **text, struct error *error)
{
    char path[1024];
    FILE *in;
    size_t size;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    in = fopen(path, "re");
    if (!in)
        return error_set(error, ERR_IO, name, "%s", strerror(errno));
    *text = calloc(1, SCHEMA_MAX_OCTETS);
    size = *text ? fread(*text, 1, SCHEMA_MAX_OCTETS - 1, in) : 0;
    fclose(in);
    if (!size || size == SCHEMA_MAX_OCTETS - 1)
        return error_set(error, ERR_SIZE, name, "is empty or too large");
    return 0;
}

static void digest(const char *text, char out[65])
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
    sodium_bin2hex(out, 65, hash, sizeof(hash));
}

/* NNNN_name.sql or r_name.sql. */
static bool is_schema_name(const char *name)
{
    size_t size = strlen(name);
    bool numbered = strspn(name, "0123456789") == 4 && name[4] == '_';

    return (numbered || strncmp(name, "r_", 2) == 0) && size < 128 && size > 6 &&
           strcmp(name + size - 4, ".sql") == 0;
}

/* A digit sorts before 'r': numbered files first, and repeatable ones by name. */
static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct schema_file *)a)->name, ((const struct schema_file *)b)->name);
}

static void files_free(struct schema_files *files)
{
    for (size_t i = 0; files && i < files->count; i++)
        free(files->file[i].text);
    if (files)
        free(files->grants);
    free(files);
}

static int file_read(struct schema_file *file, const char *path, const char *name,
                     struct error *error)
{
    int err;

    strcpy(file->name, name);
    file->version = atoi(name); /* of r_name: 0 */
    err = read_text(path, name, &file->text, error);
    if (!err)
        digest(file->text, file->sha256);
    return err;
}

/* Numbers rise; one may be missing, because a file became repeatable. */
static int files_sort(struct schema_files *files, struct error *error)
{
    int err = 0;

    qsort(files->file, files->count, sizeof(files->file[0]), by_name);
    for (size_t i = 0; !err && i < files->count && files->file[i].version; i++) {
        if (files->file[i].version == files->version)
            err = error_set(error, ERR_STATE, files->file[i].name, "has the number of another");
        files->version = files->file[i].version;
    }
    return err;
}

static int files_read(struct schema_files *files, const char *path, struct error *error)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    int err = 0;

    if (!dir)
        return error_set(error, ERR_IO, "--dir", "%s", strerror(errno));
    while (!err && (entry = readdir(dir))) {
        if (!is_schema_name(entry->d_name))
            continue;
        if (files->count == SCHEMA_MAX_FILES)
            err = error_set(error, ERR_SIZE, "--dir", "more than %d files", SCHEMA_MAX_FILES);
        else
            err = file_read(&files->file[files->count++], path, entry->d_name, error);
    }
    closedir(dir);
    if (!err)
        err = files_sort(files, error);
    if (!err)
        err = read_text(path, "grants.sql", &files->grants, error);
    return err;
}

/* The error names the folder too, because it may be the default one. */
static int files_open(struct schema_files **files, struct ctl *ctl, const struct ctl_args *args)
{
    char dir[1024];
    int err;

    schema_dir(args, dir);
    *files = calloc(1, sizeof(**files));
    if (!*files)
        return error_set(&ctl->error, ERR_NOMEM, "", "no memory");
    err = files_read(*files, dir, &ctl->error);
    if (!err && (*files)->version == 0)
        err = error_set(&ctl->error, ERR_ABSENT, "--dir", "holds no NNNN_name.sql");
    if (err)
        snprintf(ctl->file, sizeof(ctl->file), "%.255s", dir);
    return err;
}

/* What is recorded of a file: ERR_ABSENT when it was never applied. */
static int recorded(struct ctl *ctl, const struct schema_file *file, char sha256[65])
{
    char table[16], number[16];
    int err = sql_value(ctl, table, sizeof(table), "relation_oid", 1,
                        file->version ? "liaison.schema_version" : "liaison.schema_repeatable");

    if (err)
        return err;
    snprintf(number, sizeof(number), "%d", file->version);
    if (!file->version)
        return sql_value(ctl, sha256, 65, "schema_repeatable", 1, file->name);
    return sql_value(ctl, sha256, 65, "schema_numbered", 1, number);
}

static int record(struct ctl *ctl, const struct schema_file *file)
{
    char number[16];
    int err;

    snprintf(number, sizeof(number), "%d", file->version);
    if (file->version)
        return sql_do(ctl, "schema_numbered_add", 3, number, file->name, file->sha256);
    err = sql_do(ctl, "schema_repeatable_table", 0);
    if (err >= 0)
        err = sql_do(ctl, "schema_repeatable_put", 2, file->name, file->sha256);
    return err;
}

static int apply_one(struct ctl *ctl, const struct schema_file *file)
{
    int err = sql_begin(ctl);

    if (!err)
        err = sql_script(ctl, file->text);
    if (!err)
        err = record(ctl, file);
    if (err >= 0)
        err = sql_audit(ctl, "schema.apply", file->name, NULL);
    if (!err)
        err = sql_commit(ctl);
    if (err)
        snprintf(ctl->file, sizeof(ctl->file), "%s", file->name);
    return err;
}

static int apply_grants(struct ctl *ctl, const char *grants)
{
    int err = sql_begin(ctl);

    if (!err)
        err = sql_script(ctl, grants);
    if (!err)
        err = sql_commit(ctl);
    if (err)
        snprintf(ctl->file, sizeof(ctl->file), "grants.sql");
    return err;
}

enum file_state { FILE_APPLIED, FILE_PENDING, FILE_CHANGED, FILE_LATE };

/* passed: a numbered file that comes later was applied before. */
static int state_of(struct ctl *ctl, const struct schema_file *file, bool passed,
                    enum file_state *state)
{
    char sha256[65];
    int err = recorded(ctl, file, sha256);

    if (err && err != ERR_ABSENT)
        return err;
    if (err == ERR_ABSENT)
        *state = passed && file->version ? FILE_LATE : FILE_PENDING;
    else if (strcmp(sha256, file->sha256) == 0)
        *state = FILE_APPLIED;
    else
        *state = file->version ? FILE_CHANGED : FILE_PENDING;
    return 0;
}

/* The highest number that the database has. */
static int version_of(struct ctl *ctl, int *version)
{
    char text[16] = "0";
    int err = sql_value(ctl, text, sizeof(text), "relation_oid", 1, "liaison.schema_version");

    if (!err)
        err = sql_value(ctl, text, sizeof(text), "schema_version", 0);
    *version = err ? 0 : atoi(text);
    return err == ERR_ABSENT ? 0 : err;
}

static int apply_all(struct ctl *ctl, const struct schema_files *files, int *applied)
{
    int version, err = version_of(ctl, &version);

    for (size_t i = 0; !err && i < files->count; i++) {
        const struct schema_file *file = &files->file[i];
        enum file_state state = FILE_APPLIED;

        err = state_of(ctl, file, file->version < version, &state);
        if (!err && state == FILE_PENDING) {
            err = apply_one(ctl, file);
            *applied += !err;
        } else if (!err && state == FILE_CHANGED) {
            err = error_set(&ctl->error, ERR_STATE, file->name,
                            "was changed after it was applied: add a new file instead");
        } else if (!err && state == FILE_LATE) {
            err = error_set(&ctl->error, ERR_STATE, file->name,
                            "comes before what was applied: give it the next number");
        }
    }
    return err ? err : apply_grants(ctl, files->grants);
}

/* Locks the schema until the connection ends: only one run at a time, however long it takes. */
static int schema_lock(struct ctl *ctl)
{
    int err = sql_script(ctl, "set statement_timeout = 0");

    if (!err)
        err = sql_do(ctl, "schema_lock", 0);
    return err < 0 ? err : 0;
}

int cmd_schema_apply(struct ctl *ctl, const struct ctl_args *args)
{
    struct schema_files *files;
    int applied = 0;
    int err = files_open(&files, ctl, args);

    if (!err)
        err = schema_lock(ctl);
    if (!err)
        err = apply_all(ctl, files, &applied);
    if (!err)
        err = out_done(ctl, json_pack("{s:i s:i}", "version", files->version, "applied", applied),
                       "schema is at version %d (%d applied now)", files->version, applied);
    files_free(files);
    return err;
}

int cmd_schema_status(struct ctl *ctl, const struct ctl_args *args)
{
    static const char *const names[] = {"applied", "pending", "changed", "late"};
    struct schema_files *files;
    json_t *list = json_array();
    bool behind = false;
    int version = 0, err = files_open(&files, ctl, args);

    if (!err)
        err = version_of(ctl, &version);
    for (size_t i = 0; !err && i < files->count; i++) {
        const struct schema_file *file = &files->file[i];
        enum file_state state = FILE_APPLIED;

        err = state_of(ctl, file, file->version < version, &state);
        behind = behind || state != FILE_APPLIED;
        json_array_append_new(
            list, json_pack("{s:o s:s s:s s:s}", "version",
                            file->version ? json_integer(file->version) : json_null(), "name",
                            file->name, "state", names[state], "sha256", file->sha256));
        if (!err && !ctl->json)
            fprintf(ctl->out, "%-9s %s\n", names[state], file->name);
    }
    if (!err && ctl->json)
        err = out_json(ctl, list);
    else
        json_decref(list);
    files_free(files);
    return err ? err : (behind ? CTL_FOUND : 0);
}
