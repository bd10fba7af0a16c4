/*
 * sql: synchronous statements on the command's connection. They stand in services/ctl/sql, those of
 * cmd_X.c in cmd_X.sql, and are called by their names; a name that is in no file ends the program.
 * What a statement's parameters and columns are is said there. Parameters are text, NULL for null.
 * On failure the functions return NULL or a negative enum err, and fill ctl->fault with the
 * server's primary message only: its detail may repeat the values of a row. A statement ends after
 * ten minutes, or when a person ends the program.
 */
#ifndef LIAISON_CTL_SQL_H
#define LIAISON_CTL_SQL_H

#include "ctl.h"

#include <jansson.h>

int sql_open(struct ctl *ctl, const char *conninfo);
void sql_close(struct ctl *ctl);

/* The result belongs to the caller (PQclear). */
PGresult *sql_query(struct ctl *ctl, const char *statement, int count, ...);
/* Rows affected, or negative. */
int sql_do(struct ctl *ctl, const char *statement, int count, ...);
/* The first value of the first row into out; ERR_ABSENT (fault not filled) when there is no row or
 * it is null, ERR_SIZE when it does not fit. */
int sql_value(struct ctl *ctl, char *out, size_t size, const char *statement, int count, ...);
/* SQL itself: what begins and ends transactions, a setting, and the text of a schema file. */
int sql_script(struct ctl *ctl, const char *text);

int sql_begin(struct ctl *ctl);
int sql_commit(struct ctl *ctl);
void sql_rollback(struct ctl *ctl);

/* Adds a row to liaison.audit. Takes detail over (may be NULL). */
int sql_audit(struct ctl *ctl, const char *action, const char *object, json_t *detail);

/* The end of an act that changed something: unless err is set, an audit row and the commit. Takes
 * detail over in any case. Returns err, or what went wrong now. */
int sql_finish(struct ctl *ctl, int err, const char *action, const char *object, json_t *detail);

/* Ids by slug; ERR_ABSENT when there is none, the fault naming the operand AGENCY or DISTRICT and
 * what there is. */
int sql_agency(struct ctl *ctl, const char *slug, char out[16]);
int sql_district(struct ctl *ctl, const char *slug, char out[16]);

/* Whether the server knows --zone by this name, and as a region (or UTC, GMT): CET, MST and the
 * like are none. NULL, not given, is well. Fills the fault. */
int sql_check_zone(struct ctl *ctl, const char *zone);

/* A filter's value: 0 where it is NULL or there is such an agency or district; else ERR_ABSENT, the
 * fault naming the option (or operand) and what there is. */
int sql_filter_agency(struct ctl *ctl, const char *option, const char *slug);
int sql_filter_district(struct ctl *ctl, const char *option, const char *slug);

#endif
