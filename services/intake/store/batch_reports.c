#include "batch_reports.h"

#include <stdlib.h>

bool run_names_incident(const struct run *run, const struct record *record)
{
    return !column_is_null(&run->batch->columns.column[COLUMN_incident_no], record->row);
}

static bool matters(const struct run *run, const struct record *record)
{
    const struct column *c = run->batch->columns.column;
    size_t size;

    if (record->kind != RECORD_EVENT || !record->stored)
        return false;
    return !column_is_null(&c[COLUMN_report_numbers], record->row) ||
           !column_is_null(&c[COLUMN_merged_into], record->row) ||
           *column_get(&c[COLUMN_entered_in_error], record->row, &size) != 0;
}

size_t run_reports(const struct run *run, struct params *params)
{
    static const struct {
        enum column_name name;
        enum column_type type;
    } given[] = {{COLUMN_agency_id, COLUMN_INT4},
                 {COLUMN_incident_no, COLUMN_TEXT},
                 {COLUMN_report_numbers, COLUMN_TEXT}};
    enum { GIVEN = sizeof given / sizeof *given };
    struct column out[GIVEN] = {0};
    size_t rows = 0;

    for (size_t i = run->from; i < run->to; i++) {
        const struct record *record = &run->batch->record[i];

        if (!matters(run, record))
            continue;
        for (int g = 0; g < GIVEN; g++)
            column_copy(&out[g], &run->batch->columns.column[given[g].name], record->row);
        rows++;
    }
    for (int g = 0; g < GIVEN; g++) {
        if (rows)
            params_add(params, &out[g], given[g].type);
        free(out[g].data);
        free(out[g].start);
    }
    return rows;
}
