/* A mapping file and, after a line "%%", an export that is read by it; without such a line the
 * export alone, read by a mapping that uses every kind of setting. */
#include "clock.h"
#include "fuzz.h"
#include "services/feed/source/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char own_mapping[] =
    "[source]\nencoding = utf-8, fallback windows-1252\n"
    "[time]\nzone = America/New_York\nformat = %Y-%m-%d %H:%M\nskew = 5\n"
    "[key]\ndigest = address, time\nduplicates = drop\n"
    "[event]\nkind = incident.closed\n"
    "[fields]\noccurred_at = time\ntimes.received = time\ncall_type = type\n"
    "final_type = class\nplace.address = address\nplace.latitude = lat\nplace.longitude = lon\n"
    "dispositions[1].code = dispo\ndispositions[1].primary = =true\nunits[0].id = unit\n"
    "[split]\nclass = type before \": \"\n"
    "[join]\naddress = number, street\n"
    "[null]\n* = NA, NULL\nplace.latitude = 0\n"
    "[values call_type]\nEMS: FALL = FALL\n* = OTHER\n";

struct seen {
    uint64_t rows, events, sum; /* sum: a hash of all results, in their order */
    int err;
};

static int64_t now_cb(void)
{
    return FUZZ_NOW;
}

static void add(struct seen *seen, const void *data, size_t size)
{
    const unsigned char *octet = data;

    for (size_t i = 0; i < size; i++)
        seen->sum = (seen->sum ^ octet[i]) * UINT64_C(1099511628211);
}

static void take(struct source *source, size_t size, struct seen *seen)
{
    static char text[EVENT_MAX_OCTETS + 1];
    struct source_row row;
    struct error error = {0};
    int got;

    while ((got = source_next(source, &row, &error)) == SOURCE_ROW) {
        seen->rows++;
        fuzz_require(row.line >= 1 && row.end <= size, "a row stands within the input");
        add(seen, &row.line, sizeof row.line);
        add(seen, &row.end, sizeof row.end);
        if (row.event) {
            int octets = event_encode(row.event, text, sizeof text);

            fuzz_check_event(row.event);
            seen->events++;
            add(seen, text, octets > 0 ? (size_t)octets : 0);
        } else {
            fuzz_check_error(row.error.code, &row.error);
            add(seen, row.error.reason, strlen(row.error.reason));
        }
    }
    if (got < 0) {
        fuzz_check_error(got, &error);
        seen->err = got;
    }
}

static struct seen read_rows(struct mapping *mapping, const char *data, size_t size, size_t piece)
{
    struct error error = {0};
    struct source *source = source_open(SOURCE_CSV, mapping, &error);
    struct seen seen = {0};

    fuzz_require(source != NULL, "a mapping that was loaded can be used");
    for (size_t at = 0; at < size && !seen.err; at += piece) {
        source_push(source, data + at, size - at < piece ? size - at : piece);
        take(source, size, &seen);
    }
    source_finish(source);
    if (!seen.err)
        take(source, size, &seen);
    source_free(source);
    return seen;
}

static int load(struct mapping *mapping, const char *text, size_t size)
{
    static int file = -1;
    static char path[64];
    struct error error = {0};
    int err;

    if (file < 0) {
        file = memfd_create("mapping", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    fuzz_require(ftruncate(file, 0) == 0 && pwrite(file, text, size, 0) == (ssize_t)size,
                 "there is memory");
    err = mapping_load(mapping, path, &error);
    if (err)
        fuzz_check_error(err, &error);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *rows = memmem(data, size, "\n%%\n", 4), *text = own_mapping;
    size_t rows_size = size, text_size = sizeof own_mapping - 1;
    struct mapping mapping;
    struct seen whole, pieces;

    clock_inject(now_cb, NULL);
    if (rows) {
        text = (const char *)data;
        text_size = (size_t)(rows + 1 - text);
        rows += 4;
        rows_size = size - (size_t)(rows - text);
    } else {
        rows = (const char *)data;
    }
    if (load(&mapping, text, text_size) != 0)
        return 0;
    whole = read_rows(&mapping, rows, rows_size, rows_size ? rows_size : 1);
    pieces = read_rows(&mapping, rows, rows_size, 7);
    fuzz_require(whole.rows == pieces.rows && whole.events == pieces.events &&
                     whole.sum == pieces.sum && whole.err == pieces.err,
                 "rows come out the same however the input is cut");
    mapping_free(&mapping);
    return 0;
}
