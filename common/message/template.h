/*
 * template: a text of a district's own, in place of one of the catalogue (notify.template). It says
 * the same facts in other words: it has the placeholders of the text that it stands for, each of
 * them, so that no fact, no link and no sender is lost. It is checked when it is saved, for a
 * message that goes out is nobody's to mend.
 */
#ifndef COMMON_TEMPLATE_H
#define COMMON_TEMPLATE_H

#include "catalogue.h"
#include "errors.h"

enum { TEMPLATE_MOST = 400 };

struct template_input {
    struct catalogue words; /* with the district's other texts */
    const char *key, *text;
    const char *school, *district; /* the school with the longest name */
};

/* 0, or ERR_ABSENT (no such key), ERR_VALUE, ERR_SIZE or ERR_NOMEM with the error filled. */
int template_check(const struct template_input *input, struct error *error);
/* ERR_ABSENT, about the field, if there is no such key. */
int template_check_key(enum language language, const char *key, const char *field,
                       struct error *error);

#endif
