/* See guess.h: the sample, read by the proposal as the agent reads it. */
#include "guess_private.h"

#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

enum { PIECE = 1 << 16, DOUBTED = 20 /* one in so many */ };

/* Loads the proposal as a mapping: writes it to memory and reads it, as the agent will read it. */
static int load(const struct guess *guess, const char *zone, struct mapping *mapping,
                struct error *error)
{
    char path[32];
    int fd = memfd_create("proposal", MFD_CLOEXEC), err = 0;
    FILE *out = fd < 0 ? NULL : fdopen(dup(fd), "w");

    if (!out)
        err = error_set(error, ERR_IO, "", "no memory for the proposal: %s", strerror(errno));
    if (!err) {
        guess_write(guess, zone, out);
        fclose(out);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        err = mapping_load(mapping, path, error);
    }
    if (fd >= 0)
        close(fd);
    return err;
}

/* No milestone precedes the receipt of its call. If one seems to, a time is not what its name
 * says. */
static void note_order(struct guess_trial *trial, const struct event_times *times)
{
    const event_time at[] = {[GUESS_DISPATCHED] = times->dispatched,
                             [GUESS_EN_ROUTE] = times->en_route,
                             [GUESS_ON_SCENE] = times->on_scene,
                             [GUESS_CLEARED] = times->cleared,
                             [GUESS_CLOSED] = times->closed};

    for (int role = GUESS_DISPATCHED; role <= GUESS_CLOSED; role++) {
        if (times->received == EVENT_TIME_NONE || at[role] == EVENT_TIME_NONE)
            continue;
        trial->both[role]++;
        trial->backwards[role] += at[role] < times->received;
    }
}

/* Marks times as unsure if their values contradict their names. */
static void doubt(struct guess *guess)
{
    static const char why[] =
        "its name says so, but in several rows it is before the call was received";
    size_t doubted = 0, known = 0;

    for (int role = GUESS_DISPATCHED; role <= GUESS_CLOSED; role++) {
        known += guess->trial.both[role] > 0;
        if (guess->trial.backwards[role] * DOUBTED <= guess->trial.both[role])
            continue;
        guess->pick[role].sure = GUESS_LOW;
        guess->pick[role].why = why;
        doubted++;
    }
    if (doubted > 0 && doubted * 2 >= known) {
        guess->pick[GUESS_RECEIVED].sure = GUESS_LOW;
        guess->pick[GUESS_RECEIVED].why =
            "its name says so, but in several rows it is after other times of the call";
    }
}

static void note(struct guess_trial *trial, const struct source_row *row)
{
    trial->rows++;
    if (row->event) {
        note_order(trial, &row->event->times);
        return;
    }
    if (trial->refused < GUESS_SHOWN) {
        trial->first[trial->refused].line = row->line;
        trial->first[trial->refused].error = row->error;
    }
    trial->refused++;
}

static int read_rows(struct guess_trial *trial, struct source *source, gzFile file, size_t rows,
                     struct error *error)
{
    char *data = malloc(PIECE);
    int got = data ? 1 : 0, err = data ? 0 : error_set(error, ERR_NOMEM, "", "no memory");

    while (!err && got > 0 && trial->rows < rows) {
        struct source_row row;

        got = gzread(file, data, PIECE);
        if (got < 0)
            err = error_set(error, ERR_IO, "sample", "cannot be read");
        else if (got == 0)
            source_finish(source);
        else if (source_push(source, data, (size_t)got) != 0)
            err = error_set(error, ERR_NOMEM, "", "no memory");
        while (!err && trial->rows < rows) {
            int next = source_next(source, &row, error);

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

static void unfit_cb(void *ctx, const struct error *why)
{
    (void)why;
    ((struct guess_trial *)ctx)->unfit++;
}

static int try_once(struct guess *guess, const char *path, size_t rows, const char *zone,
                    struct error *error)
{
    struct mapping mapping;
    struct source *source = NULL;
    gzFile file;
    int err = load(guess, zone, &mapping, error);

    if (err)
        return err;
    file = gzopen(path, "rb");
    if (!file)
        err = error_set(error, ERR_IO, "sample", "cannot be opened: %s", strerror(errno));
    if (!err && !(source = source_open(SOURCE_CSV, &mapping, error)))
        err = ERR_NOMEM;
    if (!err) {
        source_hear(source, &(struct source_hearer){NULL, unfit_cb, &guess->trial});
        err = read_rows(&guess->trial, source, file, rows, error);
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

/* Exchanges day and month in the format; every value fits both orders. */
static void turn(struct guess *guess)
{
    snprintf(guess->turned_format, sizeof guess->turned_format, "%s", guess->time_format);
    for (char *at = guess->turned_format; (at = strchr(at, '%')); at += 2)
        if (at[1] == 'm' || at[1] == 'd')
            at[1] = at[1] == 'm' ? 'd' : 'm';
    guess->time_format = guess->turned_format;
}

int guess_try(struct guess *guess, const char *path, size_t rows, const char *zone,
              struct error *error)
{
    const char *format = guess->time_format;
    struct guess_trial first;
    int err = try_once(guess, path, rows, zone, error);

    if (!err && guess->either && guess->trial.refused > 0) { /* some times lie in the future */
        first = guess->trial;
        guess->trial = (struct guess_trial){0};
        turn(guess);
        err = try_once(guess, path, rows, zone, error);
        if (!err && guess->trial.refused < first.refused) {
            guess->turned = first.refused - guess->trial.refused;
            guess->either = false;
        } else {
            guess->trial = first;
            guess->time_format = format;
        }
    }
    if (!err)
        doubt(guess);
    return err;
}
