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

static const struct db_statement fixed_statements[] = {
    {"hold", "select agency.hold($1, $2, $3)"},
    {"tally", "insert into agency.tally as t (stream_no, day, at_school, no_school, duplicate, "
              "repeated, quarantined, unknown_fields, denied_fields, withheld_codes, "
              "withheld_status, withheld_birth_place, withheld_birth_date, withheld_name, octets, "
              "account_count, account_digest) select no, (now() at time zone 'UTC')::date, "
              "a, n, d, r, q, u, x, w, ws, wp, wd, wn, o, c, h "
              "from unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], "
              "$6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], "
              "$11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], "
              "$16::bigint[]) as k(no, a, n, d, r, q, u, x, w, ws, wp, wd, wn, o, c, h) "
              "on conflict (stream_no, day) do update set "
              "at_school = t.at_school + excluded.at_school, "
              "no_school = t.no_school + excluded.no_school, "
              "duplicate = t.duplicate + excluded.duplicate, "
              "repeated = t.repeated + excluded.repeated, "
              "quarantined = t.quarantined + excluded.quarantined, "
              "unknown_fields = t.unknown_fields + excluded.unknown_fields, "
              "denied_fields = t.denied_fields + excluded.denied_fields, "
              "withheld_codes = t.withheld_codes + excluded.withheld_codes, "
              "withheld_status = t.withheld_status + excluded.withheld_status, "
              "withheld_birth_place = t.withheld_birth_place + excluded.withheld_birth_place, "
              "withheld_birth_date = t.withheld_birth_date + excluded.withheld_birth_date, "
              "withheld_name = t.withheld_name + excluded.withheld_name, "
              "octets = t.octets + excluded.octets, "
              "account_count = t.account_count + excluded.account_count, "
              "account_digest = t.account_digest # excluded.account_digest"},
    {"absent", "select agency.note_absent($1::int[], $2::bigint[])"},
    {"proof", "select agency.note_proof($1, $2, $3, $4, $5, $6, $7, $8, $9)"},
    {"open_gap", "insert into agency.stream_gap (stream_no, first, last, reason, asked_at) "
                 "values ($1, $2, $3, 'gap', now()) on conflict do nothing"},
    {"fill_gap", "select agency.fill_gap($1, $2, $3)"},
    {"gone", "select agency.gone($1, $2, $3)"},
    {"quarantine",
     "insert into agency.quarantine (agency_id, stream_no, seq, octets, sha256, content_type, "
     "code, field, reason) "
     "select a, n, s, o, decode(h, 'hex'), coalesce(t, ''), c, coalesce(f, ''), coalesce(r, '') "
     "from unnest($1::int[], $2::int[], "
     "$3::bigint[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[]) "
     "as u(a, n, s, o, h, t, c, f, r) "
     "on conflict (stream_no, seq) do update set state = 'held', received_at = now(), "
     "octets = excluded.octets, sha256 = excluded.sha256, code = excluded.code, "
     "field = excluded.field, reason = excluded.reason, decided_at = null"},
    {"manifest",
     "insert into agency.manifest (stream_no, source, rows_read, rows_rejected, rows_duplicate, "
     "records, first_seq, last_seq, digest) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
     "on conflict (stream_no, source) do update set at = now(), rows_read = excluded.rows_read, "
     "rows_rejected = excluded.rows_rejected, rows_duplicate = excluded.rows_duplicate, "
     "records = excluded.records, first_seq = excluded.first_seq, last_seq = excluded.last_seq, "
     "digest = excluded.digest"},
    {"warm", "select from agency.settle('{}', '{}', true)"},
    {"find", "select moved_district, moved_change "
             "from agency.find_outcomes($1::int[], $2::text[], $3::text[])"},
};

enum { FIXED = sizeof fixed_statements / sizeof *fixed_statements };
enum { MADE = 3 };
_Static_assert(FIXED + MADE <= WRITER_STATEMENTS, "room for all statements");

size_t writer_statements(struct db_statement *out)
{
    memcpy(out, fixed_statements, sizeof fixed_statements);
    out += FIXED;
    out[0] = (struct db_statement){"events", events_sql("")};
    out[1] = (struct db_statement){"events_if_new",
                                   events_sql(" on conflict do nothing returning stream_no, seq")};
    out[2] = (struct db_statement){"settle", settle_sql()};
    return FIXED + MADE;
}

void writer_statements_free(struct db_statement *statements)
{
    for (int i = 0; i < MADE; i++)
        free((char *)statements[FIXED + i].sql);
}
