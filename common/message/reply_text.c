#include "reply_text.h"

#include "catalogue.h"
#include "words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { CHOICE_SIZE = 160, CHOICES_SIZE = REPLY_CHOICES_MOST * CHOICE_SIZE };

/* "fight": as the text of an alert called it. */
static const char *what_of(const struct catalogue *words, const struct reply_choice *choice)
{
    struct facts facts = {.sensitivity = FACTS_SAY_ALL};

    snprintf(facts.class, sizeof facts.class, "%s", choice->class);
    snprintf(facts.type, sizeof facts.type, "%s", choice->type);
    return words_bare(words, &facts);
}

/* What a choice is about, or (to_reply) what to reply for it. Returns out. */
static char *say_choice(const struct catalogue *words, bool to_reply,
                        const struct reply_choice *choice, char *out)
{
    char key[32], number[24];
    const struct catalogue_value values[] = {{"alert", number},
                                             {"what", what_of(words, choice)},
                                             {"school", choice->school},
                                             {"at", choice->at}};

    if (to_reply)
        snprintf(key, sizeof key, "reply_choice.%s", choice->kind);
    else
        snprintf(key, sizeof key, "reply_about.%s", choice->kind);
    snprintf(number, sizeof number, "%lld", (long long)choice->alert);
    return catalogue_fill(out, CHOICE_SIZE, words, key, values, 4);
}

/* " OK 12 (fight, North High, 09:12)." for each of the alerts that a reply may mean. */
static void list_choices(const struct catalogue *words, const struct reply_choice *choices,
                         size_t count, char *out)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < count && i < REPLY_CHOICES_MOST; i++)
        used += strlen(say_choice(words, true, &choices[i], out + used));
}

void reply_say(const struct catalogue *words, const char *answer,
               const struct reply_choice *choices, size_t count, char *out, size_t size)
{
    char key[32], list[CHOICES_SIZE + 1], about[CHOICE_SIZE] = "";

    list_choices(words, choices, count, list);
    snprintf(key, sizeof key, "reply.%s", answer);
    if (count > 0)
        say_choice(words, false, &choices[0], about);
    const struct catalogue_value values[] = {
        {"choices", list}, {"about", about}, {"at", count > 0 ? choices[0].at : ""}};
    catalogue_fill(out, size, words, key, values, 3);
}
