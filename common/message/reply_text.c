#include "reply_text.h"

#include "catalogue.h"

#include <string.h>

enum { CHOICE_SIZE = 160, CHOICES_SIZE = REPLY_CHOICES_MOST * CHOICE_SIZE };

/* " OK 12 (North High, 09:12)." for each of the alerts that a reply may mean. */
static void list_choices(const struct catalogue *words, const struct reply_choice *choices,
                         size_t count, char *out)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < count && i < REPLY_CHOICES_MOST; i++) {
        char key[32], number[24];
        const struct catalogue_value values[] = {
            {"alert", number}, {"school", choices[i].school}, {"at", choices[i].at}};

        snprintf(key, sizeof key, "reply_choice.%s", choices[i].kind);
        snprintf(number, sizeof number, "%lld", (long long)choices[i].alert);
        catalogue_fill(out + used, CHOICE_SIZE, words, key, values, 3);
        used += strlen(out + used);
    }
}

void reply_say(const struct catalogue *words, const char *answer,
               const struct reply_choice *choices, size_t count, char *out, size_t size)
{
    char key[32], list[CHOICES_SIZE + 1];

    list_choices(words, choices, count, list);
    snprintf(key, sizeof key, "reply.%s", answer);
    catalogue_fill(out, size, words, key, &(struct catalogue_value){"choices", list}, 1);
}
