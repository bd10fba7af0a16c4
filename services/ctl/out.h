/*
 * out: answers, as text for a person or as JSON (--json). A list is an aligned table or an array of
 * objects; an action is a sentence or one object. JSON types follow the columns' SQL types.
 */
#ifndef LIAISON_CTL_OUT_H
#define LIAISON_CTL_OUT_H

#include "ctl.h"

#include <jansson.h>

enum { OUT_ROWS_MOST = 20 };

/* Rows of a result as a JSON array; NULL when there is no memory. */
json_t *out_rows(const PGresult *result);
/* Prints a result as a table, under a heading if there is one. */
void out_table(struct ctl *ctl, const PGresult *result, const char *heading);
/* The same of an array of objects, which have the same members in one order: texts and numbers. */
void out_lines(struct ctl *ctl, const json_t *lines, const char *heading);
/* Notes whether a text for people holds a time as liaison.listed gives it, for out_zone. */
void out_note_time(struct ctl *ctl, const char *text);
/* The end of an answer: names the zone of its times, if people were given any. */
void out_zone(struct ctl *ctl);
/* A whole answer that is one list. */
int out_list(struct ctl *ctl, const PGresult *result);
/* A whole answer that is the rows of one statement, by its name. param is its $1 if has_param is
 * set; NULL stands for null. */
int out_query(struct ctl *ctl, const char *statement, bool has_param, const char *param);
/* A whole answer that is one JSON document; takes ownership of it. */
int out_json(struct ctl *ctl, json_t *document);
/* The result of an action: the object with --json (takes ownership of it), else the sentence. */
int out_done(struct ctl *ctl, json_t *object, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Prints ctl->error with file, line and field, and before them how many refused rows were not
 * printed ("more" in JSON). */
void out_error(struct ctl *ctl);
/* As out_error, for a refused row while the following rows are still checked; counts it. Behind the
 * first OUT_ROWS_MOST it prints nothing. */
void out_row_error(struct ctl *ctl, long line);

#endif
