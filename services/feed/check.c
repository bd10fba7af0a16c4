/* See check.h. */
#include "check.h"

#include "eido_diff.h"
#include "file_mark.h"
#include "folder.h"
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { PIECE = 1 << 16, UNFIT_SHOWN = 8 };

struct checking {
    struct withhold *withhold;
    struct source *source;
    struct known *known;
    struct eido_diff *diff;
    FILE *out;
    uint64_t line;
    int wanted, shown, sent, withheld, repeated, refused, backwards;
    struct event_dropped before;     /* counts before the row that is shown */
    struct error unfit[UNFIT_SHOWN]; /* of this row */
    size_t unfit_count;
    char body[EVENT_MAX_OCTETS + 1];
};

static int show_event_cb(void *ctx, const struct event *event, struct error *error)
{
    struct checking *c = ctx;

    if (event_encode(event, c->body, sizeof c->body) < 0)
        return error_set(error, ERR_SIZE, "", "longer than %d octets", EVENT_MAX_OCTETS);
    c->sent++;
    fprintf(c->out, "line %" PRIu64 ": %s\n", c->line, c->body);
    return 0;
}

static void unfit_cb(void *ctx, const struct error *why)
{
    struct checking *c = ctx;

    if (c->unfit_count < UNFIT_SHOWN)
        c->unfit[c->unfit_count++] = *why;
}

/* Shows the names of dropped columns, or how many members were dropped; never their values. */
static void show_dropped(struct checking *c)
{
    const struct event_dropped *now = source_dropped(c->source);
    char *names = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&names, &size);
    bool any = out && source_print_row_dropped(c->source, out);

    if (out)
        fclose(out);
    if (any)
        fprintf(c->out, "    dropped: %s\n", names);
    free(names);
    if (now->unknown > c->before.unknown || now->denied > c->before.denied)
        fprintf(c->out, "    dropped: %u members not in the data dictionary, %u refused by name\n",
                now->unknown - c->before.unknown, now->denied - c->before.denied);
    for (size_t i = 0; i < c->unfit_count; i++)
        fprintf(c->out, "    left out: %s: %s (%s)\n", c->unfit[i].field, c->unfit[i].reason,
                err_name(c->unfit[i].code));
    if (now->bare > c->before.bare)
        fprintf(c->out, "    note: says neither a type nor a place\n");
    if (now->withheld > c->before.withheld)
        fprintf(c->out, "    replaced by \"withheld\": %u codes\n",
                now->withheld - c->before.withheld);
    for (int kind = 0; kind < TEXT_KINDS; kind++)
        if (now->found.count[kind] > c->before.found.count[kind])
            fprintf(c->out, "    taken out of texts: %u (%s)\n",
                    now->found.count[kind] - c->before.found.count[kind], text_kind_word(kind));
}

/* No milestone precedes the receipt of its call. If one seems to, most often the date of one column
 * was joined with the time of another. */
static void show_backwards(struct checking *c, const struct event_times *times)
{
    const struct {
        const char *name;
        event_time at;
    } milestones[] = {{"dispatched", times->dispatched},
                      {"en_route", times->en_route},
                      {"on_scene", times->on_scene},
                      {"cleared", times->cleared},
                      {"closed", times->closed}};

    if (times->received == EVENT_TIME_NONE)
        return;
    for (size_t i = 0; i < sizeof milestones / sizeof milestones[0]; i++)
        if (milestones[i].at != EVENT_TIME_NONE && milestones[i].at < times->received) {
            fprintf(c->out, "    note: times.%s is before times.received\n", milestones[i].name);
            c->backwards++;
            return;
        }
}

/* Shows what a document changes compared with those before it. */
static void show_document(struct checking *c, const struct source_row *row)
{
    struct eido_outcome outcome;
    struct error error = {0};

    c->line = row->line;
    if (eido_diff(c->diff, row->event, row->eido, show_event_cb, c, &outcome, &error) != 0) {
        c->refused++;
        fprintf(c->out, "line %" PRIu64 ": refused: %s\n", row->line, error.reason);
    } else if (outcome.withheld) {
        c->withheld++;
        fprintf(c->out, "line %" PRIu64 ": withheld, by [withhold] types_file\n", row->line);
    } else if (outcome.events == 0) {
        c->repeated++;
        fprintf(c->out, "line %" PRIu64 ": changes nothing\n", row->line);
    }
    show_dropped(c);
}

static void show_row(struct checking *c, const struct source_row *row)
{
    c->shown++;
    if (row->event && row->eido) {
        show_document(c, row);
    } else if (row->event && row->repeated) {
        c->repeated++;
        fprintf(c->out, "line %" PRIu64 ": dropped: repeats a row before it\n", row->line);
    } else if (row->event && withhold_event(c->withhold, row->event)) {
        c->withheld++;
        fprintf(c->out, "line %" PRIu64 ": withheld, by [withhold] types_file\n", row->line);
    } else if (row->event && event_encode(row->event, c->body, sizeof c->body) > 0) {
        c->sent++;
        fprintf(c->out, "line %" PRIu64 ": %s\n", row->line, c->body);
        show_backwards(c, &row->event->times);
        show_dropped(c);
    } else {
        c->refused++;
        fprintf(c->out, "line %" PRIu64 ": refused: %s%s%s (%s)\n", row->line, row->error.field,
                row->error.field[0] ? ": " : "", row->error.reason, err_name(row->error.code));
    }
    c->before = *source_dropped(c->source);
    c->unfit_count = 0;
}

static int show_rows(struct checking *c, struct error *error)
{
    struct source_row row;
    int got = SOURCE_ROW;

    while (c->shown < c->wanted && (got = source_next(c->source, &row, error)) == SOURCE_ROW)
        show_row(c, &row);
    return got < 0 ? got : 0;
}

static int read_all(struct checking *c, gzFile file, struct error *error)
{
    char data[PIECE];
    int got = 1, err = 0;

    while (!err && got > 0 && c->shown < c->wanted) {
        got = gzread(file, data, sizeof data);
        if (got < 0)
            return error_set(error, ERR_IO, "input", "the input cannot be read");
        if (got == 0)
            source_finish(c->source);
        else if (source_push(c->source, data, (size_t)got) != 0)
            return error_set(error, ERR_NOMEM, "", "no memory");
        err = show_rows(c, error);
    }
    return err;
}

/* Shows by name what was left out of the records. */
static void show_left_out(struct checking *c, enum source_format format)
{
    const struct event_dropped *dropped = source_dropped(c->source);
    char names[LEFTOUT_TEXT];

    if (format == SOURCE_CSV) {
        fprintf(c->out, "Columns that are not read:\n");
        source_print_dropped(c->source, c->out);
    } else {
        leftout_write(source_members_left_out(c->source), names);
        fprintf(c->out, "Members left out: %u not in the data dictionary, %u refused by name.\n",
                dropped->unknown, dropped->denied);
        if (*names)
            fprintf(c->out, "Not in the data dictionary: %s.\n", names);
    }
    leftout_write(source_fields_left_out(c->source), names);
    if (*names)
        fprintf(c->out, "Values left out, by field: %s.\n", names);
    if (dropped->bare > 0)
        fprintf(c->out, "%u say neither a type nor a place.\n", dropped->bare);
    if (dropped->withheld > 0)
        fprintf(c->out, "Codes replaced by \"withheld\": %u.\n", dropped->withheld);
    for (int kind = 0; kind < TEXT_KINDS; kind++)
        if (dropped->found.count[kind] > 0)
            fprintf(c->out, "Taken out of texts: %u (%s).\n", dropped->found.count[kind],
                    text_kind_word(kind));
}

static void show_end(struct checking *c, enum source_format format)
{
    fprintf(c->out,
            "%d rows shown, %d would be refused.\n"
            "%d would be sent, %d are withheld by their type, %d repeat a row before them.\n",
            c->shown, c->refused, c->sent, c->withheld, c->repeated);
    if (c->backwards > 0)
        fprintf(c->out, "%d have a milestone before the call was received.\n", c->backwards);
    if (c->withhold->count > 0) {
        fprintf(c->out, "Types of [withhold] types_file that no row shown has:\n");
        withhold_print_unmet(c->withhold, c->out);
    }
    show_left_out(c, format);
}

static gzFile open_input(const struct feed_options *options, struct error *error)
{
    char path[2048];
    struct stat stat_of;
    gzFile file;
    int found = 1, fd;

    snprintf(path, sizeof path, "%s", options->input);
    if (strcmp(path, "-") == 0)
        return gzdopen(dup(0), "rb");
    if (stat(path, &stat_of) == 0 && S_ISDIR(stat_of.st_mode))
        found = folder_next(options->input, true, path, sizeof path, error);
    if (found == 0)
        error_set(error, ERR_ABSENT, "input", "the folder holds no file");
    if (found <= 0)
        return NULL;
    fd = file_open(path, strcmp(path, options->input) == 0 ? FILE_ONCE : FILE_IN_FOLDER);
    file = fd < 0 ? NULL : gzdopen(fd, "rb");
    if (!file)
        error_set(error, ERR_IO, "input", "%s: %s", path, strerror(errno));
    return file;
}

int check_run(const struct feed_options *options, struct mapping *mapping,
              struct withhold *withhold, FILE *out, struct error *error)
{
    struct checking *c = calloc(1, sizeof *c);
    gzFile file = c ? open_input(options, error) : NULL;
    int err = ERR_IO;

    if (!c)
        return error_set(error, ERR_NOMEM, "", "no memory");
    c->withhold = withhold;
    c->out = out;
    c->wanted = options->check_rows;
    c->known = known_open(-1, "", NULL, error);
    if (c->known)
        c->diff = eido_diff_open(c->known, withhold, error);
    if (file && c->diff && (c->source = source_open(options->source_format, mapping, error))) {
        source_hear(c->source, &(struct source_hearer){NULL, unfit_cb, c});
        err = read_all(c, file, error);
    }
    if (!err && c->shown == 0)
        err = error_set(error, ERR_ABSENT, "input",
                        "has no row to show: it is empty, or a header alone");
    if (!err)
        show_end(c, options->source_format);
    if (!err && c->refused > 0)
        err = 1;
    source_free(c->source);
    eido_diff_free(c->diff);
    known_free(c->known);
    if (file)
        gzclose(file);
    free(c);
    return err;
}
