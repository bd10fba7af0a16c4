#include "people_text.h"

#include "catalogue.h"
#include "utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROLE_CODE_SIZE = 40, ROLE_SIZE = 120 };

/* "Assistant Principal" has the code "assistant_principal". */
static void role_code(const char *role, char *out)
{
    size_t at = 0;

    for (; at < ROLE_CODE_SIZE - 1 && role[at]; at++) {
        bool capital = role[at] >= 'A' && role[at] <= 'Z';
        out[at] = (char)(role[at] == ' ' ? '_' : capital ? role[at] - 'A' + 'a' : role[at]);
    }
    out[at] = '\0';
}

/* A role in the language, where it is one of those that the catalogue has or the district has words
 * for; else as the district wrote it. Returns out. */
static char *say_role(const struct catalogue *from, const char *role, char *out, size_t size)
{
    char code[ROLE_CODE_SIZE];

    role_code(role, code);
    const char *words = catalogue_code(from, "message.role", code);
    if (!words)
        words = role;
    snprintf(out, size, "%.*s", (int)utf8_whole(words, size - 1), words);
    for (char *c = out; words == role && *c; c++)
        if (*c == '_')
            *c = ' ';
    return out;
}

char *people_say(const struct catalogue *from, const char *list, char *out, size_t size)
{
    char *text = NULL;
    size_t length;
    FILE *people = open_memstream(&text, &length);

    out[0] = '\0';
    while (people && *list) {
        char role[ROLE_SIZE], said[ROLE_SIZE];
        int name = (int)strcspn(list, PEOPLE_ROLE PEOPLE_NEXT);
        fprintf(people, "%.*s", name, list);
        list += name;
        if (*list == PEOPLE_ROLE[0]) {
            size_t end = strcspn(++list, PEOPLE_NEXT);
            size_t whole = utf8_whole(list, end < sizeof role ? end : sizeof role - 1);
            snprintf(role, sizeof role, "%.*s", (int)whole, list);
            fprintf(people, " (%s)", say_role(from, role, said, sizeof said));
            list += end;
        }
        if (*list == PEOPLE_NEXT[0] && *++list)
            fputs(", ", people);
    }
    if (people && fclose(people) == 0)
        snprintf(out, size, "%.*s", (int)utf8_whole(text, size - 1), text);
    free(text);
    return out;
}
