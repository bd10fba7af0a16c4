/* See leftout.h. */
#include "leftout.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Whether it looks like a field's name: letters, digits, and the usual separators. */
static bool is_shown(const char *name, size_t size)
{
    size_t digits = 0;

    if (size == 0 || size >= LEFTOUT_NAME ||
        !(isalpha((unsigned char)name[0]) || name[0] == '$' || name[0] == '@'))
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!isalnum((unsigned char)name[i]) &&
            (i > 0 ? !strchr("_.$:-", name[i]) : name[i] == '_'))
            return false;
        digits += isdigit((unsigned char)name[i]) != 0;
    }
    return digits <= 3; /* a telephone number is no name */
}

void leftout_add(struct leftout *leftout, const char *name, size_t size)
{
    struct leftout_name *item = leftout->item;

    if (!is_shown(name, size)) {
        leftout->others++;
        return;
    }
    for (size_t i = 0; i < leftout->count; i++)
        if (strlen(item[i].name) == size && memcmp(item[i].name, name, size) == 0) {
            item[i].times++;
            return;
        }
    if (leftout->count == LEFTOUT_NAMES) {
        leftout->others++;
        return;
    }
    item += leftout->count++;
    memcpy(item->name, name, size);
    item->name[size] = '\0';
    item->times = 1;
}

void leftout_write(const struct leftout *leftout, char out[LEFTOUT_TEXT])
{
    size_t used = 0;

    *out = '\0';
    for (size_t i = 0; i < leftout->count; i++)
        used += (size_t)snprintf(out + used, LEFTOUT_TEXT - used, "%s%s=%u", i ? "," : "",
                                 leftout->item[i].name, leftout->item[i].times);
    if (leftout->others > 0)
        snprintf(out + used, LEFTOUT_TEXT - used, "%s?=%u", used ? "," : "", leftout->others);
}
