/*
 * api: the table of routes, and the parts of them that have rooms of their own. The table is what
 * openapi.json describes; the tests hold the two against each other.
 */
#ifndef LIAISON_DASHBOARD_API_H
#define LIAISON_DASHBOARD_API_H

#include "exchange.h"

/* now.c */
void now_steps(struct exchange *exchange, struct db_job *job);
extern const struct db_statement now_statements[];
extern const size_t now_statement_count;

/* calls.c */
int calls_check(struct exchange *exchange, struct fault *fault);
void calls_steps(struct exchange *exchange, struct db_job *job);
/* In this transaction each execution gets a plan of its own: filters that are not asked for are
 * null, and a plan that serves them all serves none. */
void calls_plan(struct db_job *job);
extern const struct db_statement calls_statements[];
extern const size_t calls_statement_count;

/* call.c: one call */
void call_steps(struct exchange *exchange, struct db_job *job);
void call_acknowledge_steps(struct exchange *exchange, struct db_job *job);
void call_acknowledge_done(struct exchange *exchange);
extern const struct db_statement call_statements[];
extern const size_t call_statement_count;

/* outcomes.c */
void outcomes_steps(struct exchange *exchange, struct db_job *job);
extern const struct db_statement outcomes_statements[];
extern const size_t outcomes_statement_count;

/* lists.c: schools and codes */
void schools_steps(struct exchange *exchange, struct db_job *job);
void codes_steps(struct exchange *exchange, struct db_job *job);
extern const struct db_statement lists_statements[];
extern const size_t lists_statement_count;

/* review.c: where a call is, if its words leave it open */
int review_check(struct exchange *exchange, struct fault *fault);
void reviews_steps(struct exchange *exchange, struct db_job *job);
void review_steps(struct exchange *exchange, struct db_job *job);
extern const struct db_statement review_statements[];
extern const size_t review_statement_count;

/* ack.c: the link in a message */
int ack_check(struct exchange *exchange, struct fault *fault);
void ack_show_steps(struct exchange *exchange, struct db_job *job);
void ack_press_steps(struct exchange *exchange, struct db_job *job);
void ack_press_done(struct exchange *exchange);
extern const struct db_statement ack_statements[];
extern const size_t ack_statement_count;

/* publication.c: its statements run on the public connection */
void publication_steps(struct exchange *exchange, struct db_job *job);
extern const struct db_statement publication_statements[];
extern const size_t publication_statement_count;

#endif
