/*
 * sql: synchronous statements on the command's connection. They stand in services/ctl/sql, those of
 * cmd_X.c in cmd_X.sql, and are called by their names; a name that is in no file ends the program.
 * Those files describe each statement's parameters and columns. Parameters are text, NULL for null.
 * On failure the functions return NULL or a negative enum err, and fill ctl->error with the
 * server's primary message only: its detail may repeat the values of a row. A statement is
 * cancelled after ten minutes, or when a person interrupts the program.
 */
#ifndef LIAISON_CTL_SQL_H
#define LIAISON_CTL_SQL_H

#include "ctl.h"

#include <jansson.h>

int sql_open(struct ctl *ctl, const char *conninfo);
void sql_close(struct ctl *ctl);

/* The result belongs to the caller (PQclear). */
PGresult *sql_query(struct ctl *ctl, const char *statement, int count, ...);
/* Calls row_cb for each row as it comes, as the only one of a result that stays ours, so that
 * memory does not grow with the rows. It may not run statements, and returns 0 or a negative enum
 * err with the error filled, after which it is called no more. */
typedef int (*sql_row_fn)(struct ctl *ctl, PGresult *row, void *owner);
int sql_each(struct ctl *ctl, const char *statement, sql_row_fn row_cb, void *owner, int count,
             ...);
/* Rows affected, or negative. */
int sql_do(struct ctl *ctl, const char *statement, int count, ...);
/* The first value of the first row into out; ERR_ABSENT (error not filled) when there is no row or
 * it is null, ERR_SIZE when it does not fit. */
int sql_value(struct ctl *ctl, char *out, size_t size, const char *statement, int count, ...);
/* Runs SQL text: the begin and end of transactions, a setting, and the text of a schema file. */
int sql_script(struct ctl *ctl, const char *text);

int sql_begin(struct ctl *ctl);
/* One in which nothing can be written, and which sees the database as it is now. */
int sql_begin_reading(struct ctl *ctl);
int sql_commit(struct ctl *ctl);
void sql_rollback(struct ctl *ctl);

/* Adds a row to liaison.audit. Takes ownership of detail (may be NULL). */
int sql_audit(struct ctl *ctl, const char *action, const char *object, json_t *detail);

/* Finishes an action that changed something: unless err is set, writes an audit row and commits.
 * Takes ownership of detail in any case. Returns err, or the error of this call. */
int sql_finish(struct ctl *ctl, int err, const char *action, const char *object, json_t *detail);

/* Ids by slug. ERR_ABSENT if there is none, with error naming the operand AGENCY or DISTRICT and
 * the existing ones. */
int sql_agency(struct ctl *ctl, const char *slug, char out[16]);
int sql_district(struct ctl *ctl, const char *slug, char out[16]);

/* Checks that the server knows --zone by this name, and as a region (or UTC, GMT); CET, MST and the
 * like are not regions. NULL (not given) is valid. Fills the error. */
int sql_check_zone(struct ctl *ctl, const char *zone);

/* Checks a filter's value: 0 if it is NULL or there is such an agency or district; else ERR_ABSENT,
 * with error naming the option (or operand) and the existing ones. */
int sql_filter_agency(struct ctl *ctl, const char *option, const char *slug);
int sql_filter_district(struct ctl *ctl, const char *option, const char *slug);

#endif
