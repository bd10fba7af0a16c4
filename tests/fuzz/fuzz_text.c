/*
 * The text check: the first octet chooses the kind of text, the rest is the text. After facts are
 * taken out, nothing more is found, and the text is no longer than before or than "withheld".
 */
#include "fuzz.h"
#include "text_check.h"
#include "text_find.h"
#include "utf8.h"

#include <string.h>

enum { MOST = TEXT_CHECK_MAX + 16 };

/* The full check without the quick one, which must have let through all that this finds. */
static uint32_t look_in_full(const char *text, enum text_field field)
{
    static struct text_words words;
    struct text_span span;

    if (text_fold(&words, text, strlen(text)) != 0)
        return 1;
    for (size_t i = 0; i < words.count; i++)
        fuzz_require(words.word[i].size > 0 && words.word[i].from < words.word[i].to &&
                         words.word[i].to <= strlen(text) &&
                         (i == 0 || words.word[i - 1].to <= words.word[i].from),
                     "words stand in the text one behind the other");
    if (!text_find(&words, 0, field, &span))
        return 0;
    fuzz_require(span.first < span.end && span.end <= words.count, "a fact has words");
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[MOST], before[MOST];
    enum text_field field;
    struct text_found found = {0};
    uint32_t count;

    if (size < 1)
        return 0;
    field = (enum text_field)(1U << (data[0] % 5));
    size = size - 1 < MOST - 1 ? size - 1 : MOST - 1;
    memcpy(text, data + 1, size);
    text[size] = '\0';
    memcpy(before, text, sizeof(before));
    if (strlen(text) <= TEXT_CHECK_MAX && !text_may_hold(text))
        fuzz_require(look_in_full(text, field) == 0, "what is passed over holds nothing");
    count = text_check(text, sizeof(text), field, &found);
    fuzz_require(count == text_found_sum(&found), "what is returned is what is counted");
    if (count == 0)
        fuzz_require(strcmp(text, before) == 0, "a text without a fact keeps every octet");
    else
        fuzz_require(strlen(text) <= strlen(before) || strcmp(text, TEXT_WITHHELD) == 0,
                     "what is left is no longer than the text, or withheld");
    if (!utf8_text_defect(before, strlen(before)))
        fuzz_require(!utf8_text_defect(text, strlen(text)), "UTF-8 stays UTF-8");
    fuzz_require(text_check(text, sizeof(text), field, NULL) == 0,
                 "in what is left nothing is found");
    return 0;
}
