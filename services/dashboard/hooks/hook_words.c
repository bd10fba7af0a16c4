#include "hook_words.h"

#include "utf8.h"

#include <stdio.h>
#include <string.h>

static const char DIGITS[] = "0123456789";

struct word {
    const char *theirs, *state;
};

/* Before "sent" nothing is known that the answer to the request did not say. */
static const struct word twilio_words[] = {
    {"sent", "sent"},       {"partially_delivered", "sent"}, {"delivered", "delivered"},
    {"read", "delivered"},  {"undelivered", "failed"},       {"failed", "failed"},
    {"canceled", "failed"},
};

/* 4: waits at the SMS centre. 8: accepted there. 16: refused there. 34: has expired. */
static const struct word kannel_words[] = {
    {"1", "delivered"}, {"2", "failed"},  {"4", "sent"},
    {"8", "sent"},      {"16", "failed"}, {"34", "failed"},
};

static const char *find(const struct word *words, size_t count, const char *theirs)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i].theirs, theirs) == 0)
            return words[i].state;
    return NULL;
}

const char *hook_twilio_state(const char *word)
{
    return find(twilio_words, sizeof twilio_words / sizeof *twilio_words, word);
}

const char *hook_kannel_state(const char *mask)
{
    return find(kannel_words, sizeof kannel_words / sizeof *kannel_words, mask);
}

void hook_kannel_error(const char *answer, char out[HOOK_WORD_SIZE])
{
    const char *error = strstr(answer, "err:");

    out[0] = '\0';
    if (error != NULL)
        snprintf(out, HOOK_WORD_SIZE, "%.*s", (int)strspn(error + 4, DIGITS), error + 4);
}

void hook_word(const char *text, char out[HOOK_WORD_SIZE])
{
    static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t length = 0;

    for (; *text != '\0' && length < HOOK_WORD_SIZE - 1; text++)
        if (strchr(known, *text) != NULL)
            out[length++] = *text;
    out[length] = '\0';
}

bool hook_number(const char *text, char out[HOOK_NUMBER_SIZE])
{
    enum { LEAST = 3, MOST = 15 };

    text += *text == '+' || *text == ' '; /* a "+" that was not encoded comes as a blank */
    text += strncmp(text, "00", 2) == 0 ? 2 : 0;
    size_t length = strlen(text);
    if (length < LEAST || length > MOST || strspn(text, DIGITS) != length)
        return false;
    snprintf(out, HOOK_NUMBER_SIZE, "+%s", text);
    return true;
}

void hook_text(const char *text, char out[HOOK_TEXT_SIZE])
{
    size_t length = strlen(text);

    out[0] = '\0';
    if (length >= HOOK_TEXT_SIZE)
        return;
    memcpy(out, text, length + 1);
    for (char *c = out; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20)
            *c = ' ';
    if (utf8_text_defect(out, length) != NULL)
        out[0] = '\0';
}
