/* See proofs.h. */
#include "proofs.h"

#include "clock.h"
#include "event.h"
#include "files.h"
#include "manifests.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROOFS_MAX = 400, LINE_MAX_OCTETS = 320 };

/* Copies a text from intake, without control characters, so that it can stand in a table. */
static void safe_text(const json_t *text, char *out, size_t room)
{
    const char *given = json_string_value(text);

    snprintf(out, room, "%s", given ? given : "");
    for (char *at = out; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '?';
}

static int write_line(const json_t *proof, char *out, size_t room)
{
    char now[32], source[sizeof((struct manifest *)0)->source], verdict[16];

    event_time_format(clock_wall_us(), now);
    safe_text(json_object_get(proof, "source"), source, sizeof source);
    safe_text(json_object_get(proof, "verdict"), verdict, sizeof verdict);
    if (verdict[0] == '\0')
        return ERR_SYNTAX;
    return snprintf(out, room,
                    "%s\t%s\t%s\t%" JSON_INTEGER_FORMAT "\t%" JSON_INTEGER_FORMAT
                    "\t%" JSON_INTEGER_FORMAT "\t%" JSON_INTEGER_FORMAT "\n",
                    now, source, verdict, json_integer_value(json_object_get(proof, "records")),
                    json_integer_value(json_object_get(proof, "ours")),
                    json_integer_value(json_object_get(proof, "missing")),
                    json_integer_value(json_object_get(proof, "through")));
}

/* Skips the oldest lines if there are more than that. */
static const char *latest(const char *text, int most)
{
    int lines = 0;

    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    for (; lines > most; lines--)
        text = strchr(text, '\n') + 1;
    return text;
}

int proofs_keep(int dir, const json_t *proof, struct error *error)
{
    size_t room = (PROOFS_MAX + 1) * LINE_MAX_OCTETS, size = 0;
    char *text = calloc(1, room);
    const char *from;
    int err = ERR_SYNTAX, wrote;

    if (!text)
        return error_set(error, ERR_NOMEM, "", "no memory");
    if (files_read(dir, "proofs.tsv", text, room - LINE_MAX_OCTETS) == 0)
        size = strlen(text);
    else
        text[0] = '\0';
    wrote = write_line(proof, text + size, LINE_MAX_OCTETS);
    if (wrote > 0) {
        from = latest(text, PROOFS_MAX);
        err = files_replace(dir, "proofs.tsv", from, strlen(from), error);
    }
    free(text);
    return err;
}
