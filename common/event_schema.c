/* event_schema: writes the JSON Schema of Liaison's form from the rows. */
#include "event_rows.h"

#include <stdio.h>
#include <string.h>

/* Escapes a constant text for a JSON string. */
static void put_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void put_words(FILE *out, const struct event_list *list)
{
    fprintf(out, "{\"enum\": [");
    for (size_t i = 0; i < list->count; i++) {
        put_string(out, list->words[i].word);
        fprintf(out, ", ");
    }
    fprintf(out, "\"\", null]}");
}

/* The schema of the row's value, in which null means "not given". */
static void put_value_schema(FILE *out, const struct event_row *row)
{
    switch (row->kind) {
    case EVENT_ROW_ENUM:
        fprintf(out, "\"$ref\": \"#/$defs/%s\"", row->list->name);
        break;
    case EVENT_ROW_TEXT:
        fprintf(out, "\"$ref\": \"#/$defs/text\", \"maxLength\": %zu", row->max);
        break;
    case EVENT_ROW_TIME:
        fprintf(out, "\"$ref\": \"#/$defs/time\"");
        break;
    case EVENT_ROW_REAL:
    case EVENT_ROW_INT:
        fprintf(out, "\"type\": [\"%s\", \"null\"], \"minimum\": %g, \"maximum\": %g",
                row->kind == EVENT_ROW_INT ? "integer" : "number", row->low, row->high);
        break;
    case EVENT_ROW_FLAG:
        fprintf(out, "\"type\": [\"boolean\", \"null\"]");
        break;
    case EVENT_ROW_TEXTS:
        fprintf(
            out,
            "\"type\": [\"array\", \"null\"], \"maxItems\": %zu, \"items\": {\"$ref\": "
            "\"#/$defs/text\", \"type\": \"string\", \"maxLength\": %zu, \"pattern\": \"[^ ]\"}",
            row->count, row->max);
        break;
    case EVENT_ROW_OBJECT:
        fprintf(out, "\"$ref\": \"#/$defs/%s\"", row->type->name);
        break;
    case EVENT_ROW_OBJECTS:
        fprintf(out,
                "\"type\": [\"array\", \"null\"], \"maxItems\": %zu, \"items\": {\"$ref\": "
                "\"#/$defs/%s\", \"type\": \"object\"}",
                row->count, row->type->name);
        break;
    case EVENT_ROW_KINDS:
        break;
    }
}

/* The schema under which a row counts as given. */
static void put_given(FILE *out, const struct event_row *row)
{
    static const char *const given[EVENT_ROW_KINDS] = {
        [EVENT_ROW_ENUM] = "\"type\": \"string\", \"minLength\": 1",
        [EVENT_ROW_TEXT] = "\"type\": \"string\", \"pattern\": \"[^ ]\"",
        [EVENT_ROW_TIME] = "\"type\": \"string\", \"minLength\": 1",
        [EVENT_ROW_REAL] = "\"type\": \"number\"",
        [EVENT_ROW_INT] = "\"type\": \"number\"",
        [EVENT_ROW_FLAG] = "\"const\": true",
        [EVENT_ROW_TEXTS] = "\"type\": \"array\", \"minItems\": 1",
        [EVENT_ROW_OBJECT] = "\"type\": \"object\"",
        [EVENT_ROW_OBJECTS] = "\"type\": \"array\", \"minItems\": 1",
    };

    fprintf(out, "{\"required\": [\"%s\"], \"properties\": {\"%s\": {%s}}}", row->name, row->name,
            given[row->kind]);
}

static void put_kinds(FILE *out, uint32_t kinds)
{
    const struct event_row *kind = event_row_find(&event_type_event, "kind", strlen("kind"));
    const char *comma = "";

    fprintf(out, "{\"required\": [\"kind\"], \"properties\": {\"kind\": {\"enum\": [");
    for (size_t i = 0; i < kind->list->count; i++)
        if (kinds >> kind->list->words[i].value & 1U) {
            fprintf(out, "%s\"%s\"", comma, kind->list->words[i].word);
            comma = ", ";
        }
    fprintf(out, "]}}}");
}

static void put_need(FILE *out, const struct event_need *need)
{
    bool conditional = need->given || need->kinds != EVENT_ANY_KIND;

    if (conditional) {
        fprintf(out, "{\"if\": ");
        if (need->given)
            put_given(out, need->given);
        else
            put_kinds(out, need->kinds);
        fprintf(out, ",\n         \"then\": ");
    }
    if (need->or_field) {
        fprintf(out, "{\"anyOf\": [");
        put_given(out, need->field);
        fprintf(out, ",\n                   ");
        put_given(out, need->or_field);
        fprintf(out, "]}");
    } else {
        put_given(out, need->field);
    }
    if (conditional)
        fprintf(out, "}");
}

static void put_needs(FILE *out, const struct event_type *type)
{
    const char *before = ",\n      \"allOf\": [\n        ";
    bool any = false;

    for (size_t i = 0; i < event_need_count; i++) {
        if (event_needs[i].type != type)
            continue;
        fputs(before, out);
        put_need(out, &event_needs[i]);
        before = ",\n        ";
        any = true;
    }
    if (any)
        fprintf(out, "\n      ]");
}

static void put_type(FILE *out, const struct event_type *type)
{
    fprintf(out,
            "    \"%s\": {\n      \"type\": [\"object\", \"null\"],\n      \"properties\": {\n",
            type->name);
    for (size_t i = 0; i < type->row_count; i++) {
        const struct event_row *row = &type->rows[i];

        fprintf(out, "        \"%s\": {\"description\": ", row->name);
        put_string(out, row->doc);
        fprintf(out, ", ");
        put_value_schema(out, row);
        fprintf(out, "}%s\n", i + 1 < type->row_count ? "," : "");
    }
    fprintf(out, "      }");
    put_needs(out, type);
    fprintf(out, "\n    },\n");
}

static const char head[] =
    "{\n"
    "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
    "  \"$id\": \"urn:liaison:event:1\",\n"
    "  \"title\": \"Liaison event\",\n"
    "  \"description\": \"Made from common/dictionary.def. A member that is not named here is "
    "dropped. Beyond what a schema can say: lengths are octets of UTF-8 after spaces are taken off "
    "both ends, dates are of the calendar, times lie between 1990-01-01 and one day ahead of the "
    "clock, no member of the dictionary stands twice, no number exceeds a double.\",\n"
    "  \"$ref\": \"#/$defs/event\",\n"
    "  \"type\": \"object\",\n"
    "  \"$defs\": {\n";

static const char texts[] =
    "    \"text\": {\n"
    "      \"description\": \"No control characters, none that separate lines or turn the "
    "direction "
    "of text. Empty is not given.\",\n"
    "      \"type\": [\"string\", \"null\"],\n"
    "      \"not\": {\"type\": \"string\", \"pattern\": "
    "\"[\\\\u0000-\\\\u001f\\\\u007f-\\\\u009f\\\\u2028-\\\\u202e\\\\u2066-\\\\u2069]\"}\n"
    "    },\n"
    "    \"time\": {\n"
    "      \"description\": \"RFC 3339 with an offset, of 1990 or later; no leap second.\",\n"
    "      \"$ref\": \"#/$defs/text\",\n"
    "      \"pattern\": \"^((199[0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    "[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\\\.[0-9]{1,9})?"
    "([Zz]|[+-](0[0-9]|1[0-5]):[0-5][0-9]))?$\"\n"
    "    }\n"
    "  }\n"
    "}\n";

int event_write_schema(FILE *out)
{
    fputs(head, out);
    for (size_t i = 0; i < event_type_count; i++)
        put_type(out, event_types[i]);
    for (size_t i = 0; i < event_list_count; i++) {
        fprintf(out, "    \"%s\": ", event_lists[i]->name);
        put_words(out, event_lists[i]);
        fprintf(out, ",\n");
    }
    fputs(texts, out);
    return ferror(out) ? ERR_IO : 0;
}
