/*
 * batch_reports: which events of a run matter to outcomes that name a report number alone. They are
 * few: a run without report numbers costs a look at each row and no statement. Only writer.c and
 * batch.c use it.
 */
#ifndef INTAKE_BATCH_REPORTS_H
#define INTAKE_BATCH_REPORTS_H

#include "intake_batch.h"

/* Whether the event of a record says which incident it belongs to; only an outcome may not. */
bool run_names_incident(const struct run *run, const struct record *record);

/* Parameters of agency.find_outcomes: agency, incident and report numbers of the run's stored
 * events that bring an outcome without an incident, or tell an incident's numbers, merger or error.
 * Returns how many rows; params is left alone where there is none. */
size_t run_reports(const struct run *run, struct params *params);

#endif
