/*
 * wording: in which words somebody is told, as the database has it: a language, and the texts that
 * the district says in its own words (notify.template).
 */
#ifndef COMMON_WORDING_H
#define COMMON_WORDING_H

#include "catalogue.h"

struct wording {
    struct catalogue words; /* borrows from the rest */
    struct catalogue_word *own;
    void *document;
};

/* own: a JSON object of texts by key, or "". 0, ERR_SYNTAX or ERR_NOMEM; free it in any case. */
int wording_read(struct wording *wording, const char *language, const char *own);
void wording_free(struct wording *wording);

#endif
