#include "writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The two statements that carry columns are made from the table in columns.h, so that a column is
 * named once. unnest() stands in the select list, not behind FROM: there each array would be
 * written to a store of its own before the first row, which costs more than the insertion.
 */
static char *finish(FILE *out, char **text)
{
    fclose(out);
    return *text;
}

static void put_names(FILE *out, const char *prefix, unsigned role, const char *between)
{
    bool first = true;

    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (role && !(column_rows[i].role & role))
            continue;
        fprintf(out, "%s%s%s", first ? "" : between, prefix, column_rows[i].name);
        first = false;
    }
}

static void put_unnest(FILE *out, int number, const char *type, const char *cast)
{
    fprintf(out, "%sunnest($%d::%s)%s", number > 1 ? ", " : "", number, type, cast);
}

/* Plain where all facts are new, which is nearly always: ON CONFLICT looks into both indexes before
 * it inserts, and costs twice as much. */
static char *events_sql(const char *end)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fputs("insert into agency.event (", out);
    put_names(out, "", 0, ", ");
    fputs(") select ", out);
    for (int i = 0; i < COLUMN_COUNT; i++)
        put_unnest(out, i + 1, column_sql_type(column_rows[i].type), column_rows[i].cast);
    fputs(end, out);
    return finish(out, &text);
}

/* All of the batch's events of the incident are later than its state. */
#define NEWER                                                          \
    "(excluded.first_at, excluded.first_epoch, excluded.first_seq) > " \
    "(i.version_at, i.version_epoch, i.version_seq)"

static void put_state_rows(FILE *out)
{
    static const char *const types[] = {"int[]",         "text[]",   "smallint[]", "smallint[]",
                                        "timestamptz[]", "bigint[]", "bigint[]",   "timestamptz[]",
                                        "bigint[]",      "bigint[]", "boolean[]",  "boolean[]"};
    int n = sizeof types / sizeof *types;

    fputs("insert into agency.incident as i (agency_id, incident_no, status, mode, first_at, "
          "first_epoch, first_seq, version_at, version_epoch, version_seq, entered_in_error, "
          "at_school, ",
          out);
    put_names(out, "", COLUMN_STATE, ", ");
    fputs(") select ", out);
    for (int i = 0; i < n; i++)
        put_unnest(out, i + 1, types[i], "");
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (column_rows[i].role & COLUMN_STATE)
            put_unnest(out, ++n, column_sql_type(column_rows[i].type), column_rows[i].cast);
}

static void put_later_value(FILE *out, const struct column_row *column)
{
    const char *name = column->name;

    if (column->role & COLUMN_PLACE) /* a place is taken as a whole */
        fprintf(out,
                ", %s = case when " NEWER " and (excluded.placed is not null "
                "or (i.placed is null and excluded.unsure is not null)) "
                "then excluded.%s else i.%s end",
                name, name, name);
    else if (column->role & COLUMN_UNSURE) /* '{}': a question is answered */
        fprintf(out,
                ", %s = case when " NEWER " and (excluded.placed is not null "
                "or excluded.%s is not null) then coalesce(excluded.%s, "
                "case when i.%s is not null then '{}' end) else i.%s end",
                name, name, name, name, name);
    else
        fprintf(out, ", %s = case when " NEWER " then coalesce(excluded.%s, i.%s) else i.%s end",
                name, name, name, name);
}

/* What becomes of a state that is there. Where an event came late it is left alone and marked:
 * agency.fold() computes it. */
static void put_state_update(FILE *out)
{
    fputs(" on conflict (agency_id, incident_no) do update set updated_at = now(), "
          "at_school = i.at_school or excluded.at_school, "
          "entered_in_error = i.entered_in_error or excluded.entered_in_error, "
          "stale = not (" NEWER "), "
          "mode = case when " NEWER " then excluded.mode else i.mode end, "
          "status = case when " NEWER " and excluded.status <> 0 then excluded.status "
          "else i.status end, "
          "version_at = greatest(i.version_at, excluded.version_at), "
          "version_epoch = case when " NEWER
          " then excluded.version_epoch else i.version_epoch end, "
          "version_seq = case when " NEWER " then excluded.version_seq else i.version_seq end",
          out);
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (column_rows[i].role & COLUMN_STATE)
            put_later_value(out, &column_rows[i]);
}

/*
 * The state, and what follows from it: incidents whose events came late are folded, those at a
 * school derived. settle() is volatile, so that it sees the rows of the insertion; the aggregates
 * have read all of them before it is called.
 */
static char *settle_sql(void)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fputs("with said as (", out);
    put_state_rows(out);
    put_state_update(out);
    fputs(" returning agency_id, incident_no, stale, at_school or unsure is not null as concerns), "
          "concerned as ("
          "select array_agg(agency_id) as agency, array_agg(incident_no) as incident, "
          "bool_or(stale) as any_stale from said where stale or concerns) "
          "select m.moved_district, m.moved_change from concerned c, "
          "lateral agency.settle(c.agency, c.incident, c.any_stale) m "
          "where c.agency is not null",
          out);
    return finish(out, &text);
}

enum { MADE = 3 };

size_t writer_statements(struct db_statement *out)
{
    if (commit_statement_count + MADE > WRITER_STATEMENTS)
        abort(); /* a constant of the build */
    memcpy(out, commit_statements, commit_statement_count * sizeof *out);
    out += commit_statement_count;
    out[0] = (struct db_statement){"events", events_sql("")};
    out[1] = (struct db_statement){"events_if_new",
                                   events_sql(" on conflict do nothing returning stream_no, seq")};
    out[2] = (struct db_statement){"settle", settle_sql()};
    return commit_statement_count + MADE;
}

void writer_statements_free(struct db_statement *statements)
{
    for (int i = 0; i < MADE; i++)
        free((char *)statements[commit_statement_count + (size_t)i].sql);
}
