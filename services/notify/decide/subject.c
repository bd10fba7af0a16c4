#include "subject.h"

#include "subject_alarm.h"
#include "subject_call.h"
#include "subject_drill.h"
#include "subject_storm.h"

#include <string.h>

const struct subject_kind *const subject_kinds[SUBJECT_KINDS] = {&subject_call, &subject_storm,
                                                                 &subject_alarm, &subject_drill};

const struct subject_kind *subject_kind_named(const char *name)
{
    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        if (strcmp(subject_kinds[i]->name, name) == 0)
            return subject_kinds[i];
    return NULL;
}
