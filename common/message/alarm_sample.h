/*
 * alarm_sample: alarms that never were, one for each check, its beginning and its end: to show how
 * they read, and to see that they fit. The texts of alarms are the same in all districts.
 */
#ifndef COMMON_ALARM_SAMPLE_H
#define COMMON_ALARM_SAMPLE_H

#include "alarm_text.h"
#include "sample.h"

struct alarm_sample {
    char name[64];              /* "alarm, tried", "alarm, tried, over" */
    struct alarm_notice notice; /* borrows from the rest */
    struct alarm_line lines[3];
    struct when call, since, ended;
};

size_t alarm_sample_count(void);
void alarm_sample_make(struct alarm_sample *sample, size_t number, const struct sample_for *whom);

#endif
