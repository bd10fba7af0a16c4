/* See guess.h: the sample, read by the proposal as the agent reads it. */
#include "guess.h"

#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

enum { PIECE = 1 << 16 };

/* The proposal as a mapping; it is written to memory and read again, as the agent will read it. */
static int load(const struct guess *guess, const char *zone, struct mapping *mapping,
                struct fault *fault)
{
    char path[32];
    int fd = memfd_create("proposal", MFD_CLOEXEC), err = 0;
    FILE *out = fd < 0 ? NULL : fdopen(dup(fd), "w");

    if (!out)
        err = fault_set(fault, ERR_IO, "", "no memory for the proposal: %s", strerror(errno));
    if (!err) {
        guess_write(guess, zone, out);
        fclose(out);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        err = mapping_load(mapping, path, fault);
    }
    if (fd >= 0)
        close(fd);
    return err;
}

static void note(struct guess_trial *trial, const struct source_row *row)
{
    trial->rows++;
    if (row->event)
        return;
    if (trial->refused < GUESS_SHOWN) {
        trial->first[trial->refused].line = row->line;
        trial->first[trial->refused].fault = row->fault;
    }
    trial->refused++;
}

static int read_rows(struct guess_trial *trial, struct source *source, gzFile file, size_t rows,
                     struct fault *fault)
{
    char *data = malloc(PIECE);
    int got = data ? 1 : 0, err = data ? 0 : fault_set(fault, ERR_NOMEM, "", "no memory");

    while (!err && got > 0 && trial->rows < rows) {
        struct source_row row;

        got = gzread(file, data, PIECE);
        if (got < 0)
            err = fault_set(fault, ERR_IO, "sample", "cannot be read");
        else if (got == 0)
            source_finish(source);
        else if (source_push(source, data, (size_t)got) != 0)
            err = fault_set(fault, ERR_NOMEM, "", "no memory");
        while (!err && trial->rows < rows) {
            int next = source_next(source, &row, fault);

            if (next != SOURCE_ROW) {
                err = next < 0 ? next : 0;
                break;
            }
            note(trial, &row);
        }
    }
    free(data);
    return err;
}

static void unfit_cb(void *ctx, const struct fault *why)
{
    (void)why;
    ((struct guess_trial *)ctx)->unfit++;
}

int guess_try(struct guess *guess, const char *path, size_t rows, const char *zone,
              struct fault *fault)
{
    struct mapping mapping;
    struct source *source = NULL;
    gzFile file;
    int err = load(guess, zone, &mapping, fault);

    if (err)
        return err;
    file = gzopen(path, "rb");
    if (!file)
        err = fault_set(fault, ERR_IO, "sample", "cannot be opened: %s", strerror(errno));
    if (!err && !(source = source_open(SOURCE_CSV, &mapping, fault)))
        err = ERR_NOMEM;
    if (!err) {
        source_hear(source, &(struct source_hearer){NULL, unfit_cb, &guess->trial});
        err = read_rows(&guess->trial, source, file, rows, fault);
    }
    if (!err) {
        leftout_write(source_fields_left_out(source), guess->trial.fields);
        guess->trial.done = true;
    }
    source_free(source);
    if (file)
        gzclose(file);
    mapping_free(&mapping);
    return err;
}
