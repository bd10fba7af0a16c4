/* See withhold.h. */
#include "withhold.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int add(struct withhold *withhold, const char *line)
{
    char **larger = reallocarray(withhold->type, withhold->count + 1, sizeof *larger);

    if (!larger)
        return ERR_NOMEM;
    withhold->type = larger;
    larger[withhold->count] = strdup(line);
    return larger[withhold->count++] ? 0 : ERR_NOMEM;
}

int withhold_load(struct withhold *withhold, const char *path, struct fault *fault)
{
    FILE *file;
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    int err = 0;

    *withhold = (struct withhold){0};
    if (!*path)
        return 0;
    file = fopen(path, "re");
    if (!file)
        return fault_set(fault, ERR_IO, "types_file", "%s: %s", path, strerror(errno));
    while (!err && (size = getline(&line, &room, file)) >= 0) {
        char *from = line;

        while (size > 0 && isspace((unsigned char)line[size - 1]))
            line[--size] = '\0';
        while (isspace((unsigned char)*from))
            from++;
        if (*from && *from != '#')
            err = add(withhold, from);
    }
    free(line);
    fclose(file);
    if (err)
        fault_set(fault, err, "types_file", "no memory");
    return err;
}

void withhold_free(struct withhold *withhold)
{
    for (size_t i = 0; i < withhold->count; i++)
        free(withhold->type[i]);
    free(withhold->type);
    *withhold = (struct withhold){0};
}

bool withhold_event(const struct withhold *withhold, const struct event *event)
{
    for (size_t i = 0; i < withhold->count; i++)
        if (strcasecmp(withhold->type[i], event->call_type) == 0 ||
            strcasecmp(withhold->type[i], event->final_type) == 0)
            return true;
    return false;
}
