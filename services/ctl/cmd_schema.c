/* schema apply, schema status: numbered forward-only files, each applied once and for good. */
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
#define SCHEMA_LOCK "select pg_advisory_lock(hashtext('liaison.schema'))"

struct schema_file {
    int version;
    char name[128];
    char sha256[65];
    char *text;
};

struct schema_files {
    struct schema_file file[SCHEMA_MAX_FILES];
    size_t count;
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

static int read_text(const char *dir, const char *name, char **text, struct fault *fault)
{
    char path[1024];
    FILE *in;
    size_t size;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    in = fopen(path, "re");
    if (!in)
        return fault_set(fault, ERR_IO, name, "%s", strerror(errno));
    *text = calloc(1, SCHEMA_MAX_OCTETS);
    size = *text ? fread(*text, 1, SCHEMA_MAX_OCTETS - 1, in) : 0;
    fclose(in);
    if (!size || size == SCHEMA_MAX_OCTETS - 1)
        return fault_set(fault, ERR_SIZE, name, "is empty or too large");
    return 0;
}

static void digest(const char *text, char out[65])
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
    sodium_bin2hex(out, 65, hash, sizeof(hash));
}

static bool is_version_name(const char *name)
{
    return strspn(name, "0123456789") == 4 && name[4] == '_' && strlen(name) < 128 &&
           strcmp(name + strlen(name) - 4, ".sql") == 0;
}

static int by_version(const void *a, const void *b)
{
    return ((const struct schema_file *)a)->version - ((const struct schema_file *)b)->version;
}

static void files_free(struct schema_files *files)
{
    for (size_t i = 0; files && i < files->count; i++)
        free(files->file[i].text);
    if (files)
        free(files->grants);
    free(files);
}

static int files_read(struct schema_files *files, const char *path, struct fault *fault)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    int err = 0;

    if (!dir)
        return fault_set(fault, ERR_IO, "--dir", "%s", strerror(errno));
    while (!err && (entry = readdir(dir))) {
        struct schema_file *file = &files->file[files->count];

        if (!is_version_name(entry->d_name))
            continue;
        if (files->count == SCHEMA_MAX_FILES) {
            err = fault_set(fault, ERR_SIZE, "--dir", "more than %d files", SCHEMA_MAX_FILES);
            break;
        }
        files->count++;
        file->version = atoi(entry->d_name);
        strcpy(file->name, entry->d_name);
        err = read_text(path, file->name, &file->text, fault);
        if (!err)
            digest(file->text, file->sha256);
    }
    closedir(dir);
    qsort(files->file, files->count, sizeof(files->file[0]), by_version);
    for (size_t i = 0; !err && i < files->count; i++)
        if (files->file[i].version != (int)i + 1)
            err = fault_set(fault, ERR_STATE, files->file[i].name,
                            "numbers must run 0001, 0002, ...");
    if (!err)
        err = read_text(path, "grants.sql", &files->grants, fault);
    return err;
}

static int files_open(struct schema_files **files, const struct ctl_args *args, struct fault *fault)
{
    char dir[1024];
    int err;

    schema_dir(args, dir);
    *files = calloc(1, sizeof(**files));
    if (!*files)
        return fault_set(fault, ERR_NOMEM, "", "no memory");
    err = files_read(*files, dir, fault);
    if (!err && (*files)->count == 0)
        err = fault_set(fault, ERR_ABSENT, "--dir", "holds no NNNN_name.sql");
    return err;
}

/* What is recorded of a version: ERR_ABSENT when it was never applied. */
static int recorded(struct ctl *ctl, const struct schema_file *file, char sha256[65])
{
    char number[16];
    int err = sql_value(ctl, number, sizeof(number),
                        "select to_regclass('liaison.schema_version')::oid", 0);

    if (err)
        return err;
    snprintf(number, sizeof(number), "%d", file->version);
    return sql_value(ctl, sha256, 65,
                     "select sha256 from liaison.schema_version where version = $1", 1, number);
}

static int apply_one(struct ctl *ctl, const struct schema_file *file)
{
    char number[16];
    int err = sql_begin(ctl);

    snprintf(number, sizeof(number), "%d", file->version);
    if (!err)
        err = sql_script(ctl, file->text);
    if (!err)
        err = sql_do(
            ctl, "insert into liaison.schema_version (version, name, sha256) values ($1, $2, $3)",
            3, number, file->name, file->sha256);
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

static int apply_all(struct ctl *ctl, const struct schema_files *files, int *applied)
{
    int err = 0;

    for (size_t i = 0; !err && i < files->count; i++) {
        char sha256[65];

        err = recorded(ctl, &files->file[i], sha256);
        if (err == ERR_ABSENT) {
            err = apply_one(ctl, &files->file[i]);
            *applied += !err;
        } else if (!err && strcmp(sha256, files->file[i].sha256) != 0) {
            err = fault_set(&ctl->fault, ERR_STATE, files->file[i].name,
                            "was changed after it was applied: add a new file instead");
        }
    }
    return err ? err : apply_grants(ctl, files->grants);
}

int cmd_schema_apply(struct ctl *ctl, const struct ctl_args *args)
{
    struct schema_files *files;
    int applied = 0;
    int err = files_open(&files, args, &ctl->fault);

    if (!err)
        err = sql_script(ctl, SCHEMA_LOCK); /* released when the connection ends */
    if (!err)
        err = apply_all(ctl, files, &applied);
    if (!err)
        err =
            out_done(ctl, json_pack("{s:i s:i}", "version", (int)files->count, "applied", applied),
                     "schema is at version %zu (%d applied now)", files->count, applied);
    files_free(files);
    return err;
}

static const char *state_of(struct ctl *ctl, const struct schema_file *file, int *err)
{
    char sha256[65];

    *err = recorded(ctl, file, sha256);
    if (*err == ERR_ABSENT) {
        *err = 0;
        return "pending";
    }
    return *err ? "" : (strcmp(sha256, file->sha256) == 0 ? "applied" : "changed");
}

int cmd_schema_status(struct ctl *ctl, const struct ctl_args *args)
{
    struct schema_files *files;
    json_t *list = json_array();
    bool behind = false;
    int err = files_open(&files, args, &ctl->fault);

    for (size_t i = 0; !err && i < files->count; i++) {
        const char *state = state_of(ctl, &files->file[i], &err);

        behind = behind || strcmp(state, "applied") != 0;
        json_array_append_new(list, json_pack("{s:i s:s s:s s:s}", "version",
                                              files->file[i].version, "name", files->file[i].name,
                                              "state", state, "sha256", files->file[i].sha256));
        if (!ctl->json)
            fprintf(ctl->out, "%-9s %s\n", state, files->file[i].name);
    }
    if (!err && ctl->json)
        err = out_json(ctl, list);
    else
        json_decref(list);
    files_free(files);
    return err ? err : (behind ? CTL_FOUND : 0);
}
