/*
 * batch_reports: finds the events of a run that concern outcomes with only a report number. They
 * are few: a run without report numbers costs a check of each row and no statement. Only writer.c
 * and intake_batch.c use it.
 */
#ifndef INTAKE_BATCH_REPORTS_H
#define INTAKE_BATCH_REPORTS_H

#include "intake_batch.h"

/* Whether the event of a record names its incident; only an outcome may lack one. */
bool run_names_incident(const struct run *run, const struct record *record);

/* Parameters of agency.find_outcomes: agency, incident and report numbers of the run's stored
 * events that have an outcome without an incident, or an incident's report numbers, merge or entry
 * in error. Returns how many rows; params is left alone where there is none. */
size_t run_reports(const struct run *run, struct params *params);

#endif
