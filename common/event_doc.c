/* event_doc: writes the data dictionary as Markdown, from the rows. */
#include "event_rows.h"

#include <stdio.h>
#include <string.h>

#define LINE(text) fputs(text "\n", out);
#define NAME(text) fprintf(out, "- `%s`\n", text);

/* "event_unit_role" as "unit role": a list or type in words. */
static void put_plain_name(FILE *out, const char *name)
{
    const char *rest = strncmp(name, "event_", 6) == 0 ? name + 6 : name;

    for (; *rest; rest++)
        fputc(*rest == '_' ? ' ' : *rest, out);
}

static void put_limit(FILE *out, const struct event_row *row)
{
    switch (row->kind) {
    case EVENT_ROW_ENUM:
        fprintf(out, "word of ");
        put_plain_name(out, row->list->name);
        break;
    case EVENT_ROW_TEXT:
        fprintf(out, "text, %zu octets", row->max);
        break;
    case EVENT_ROW_TIME:
        fprintf(out, "time");
        break;
    case EVENT_ROW_REAL:
        fprintf(out, "number, %g to %g", row->low, row->high);
        break;
    case EVENT_ROW_INT:
        fprintf(out, "whole number, %g to %g", row->low, row->high);
        break;
    case EVENT_ROW_FLAG:
        fprintf(out, "true or false");
        break;
    case EVENT_ROW_TEXTS:
        fprintf(out, "list of %zu texts of %zu octets", row->count, row->max);
        break;
    case EVENT_ROW_OBJECT:
        put_plain_name(out, row->type->name);
        break;
    case EVENT_ROW_OBJECTS:
        fprintf(out, "list of %zu: ", row->count);
        put_plain_name(out, row->type->name);
        break;
    case EVENT_ROW_KINDS:
        break;
    }
}

static void put_type_table(FILE *out, const struct event_type *type)
{
    fprintf(out, "\n## ");
    put_plain_name(out, type->name);
    fprintf(out, "\n\n| field | holds | meaning |\n|---|---|---|\n");
    for (size_t i = 0; i < type->row_count; i++) {
        fprintf(out, "| `%s` | ", type->rows[i].name);
        put_limit(out, &type->rows[i]);
        fprintf(out, " | %s |\n", type->rows[i].doc);
    }
}

static void put_list_table(FILE *out, const struct event_list *list)
{
    fprintf(out, "\n### ");
    put_plain_name(out, list->name);
    fprintf(out, "\n\n| word | stored as | meaning |\n|---|---|---|\n");
    for (size_t i = 0; i < list->count; i++)
        fprintf(out, "| `%s` | %d | %s |\n", list->words[i].word, list->words[i].value,
                list->words[i].doc);
}

static void put_need(FILE *out, const struct event_need *need)
{
    bool of_event = need->type == &event_type_event;
    const char *comma = "";

    fprintf(out, "| ");
    put_plain_name(out, need->type->name);
    if (of_event && need->kinds == EVENT_ANY_KIND)
        fprintf(out, ", of any kind");
    for (size_t i = 0; need->kinds != EVENT_ANY_KIND && i < event_lists[0]->count; i++) {
        const struct event_word *word = &event_lists[0]->words[i];

        if (!(need->kinds >> word->value & 1U))
            continue;
        fprintf(out, "%s `%s`", comma, word->word);
        comma = ",";
    }
    if (need->given)
        fprintf(out, ", where `%s` is given", need->given->name);
    fprintf(out, " | `%s`", need->field->name);
    if (need->or_field)
        fprintf(out, " or `%s`", need->or_field->name);
    fprintf(out, " |\n");
}

static void put_head(FILE *out)
{
    LINE("# Data dictionary")
    LINE("")
    LINE("<!-- Generated from common/dictionary.def by liaison-dictionary; do not edit. -->")
    LINE("")
    LINE("*Generated from `common/dictionary.def` by `liaison-dictionary markdown`; a test fails "
         "when")
    LINE("this page and the program differ.*")
    LINE("")
    LINE("This is the whole list of what an event may carry. A field that is not named here is")
    LINE("dropped by the agency's agent before anything leaves the agency, and once more by intake")
    LINE("before anything is stored or logged; only the number of dropped fields is kept. The JSON")
    LINE("Schema (`event.schema.json`) that the build makes comes from the same rows.")
    LINE("")
    LINE("## Rules of the form")
    LINE("")
    fprintf(out,
            "- One event is one JSON object, at most %d octets of UTF-8 and %d levels deep; "
            "its content type is\n  `%s`.\n",
            EVENT_MAX_OCTETS, EVENT_MAX_DEPTH, EVENT_CONTENT_TYPE);
    LINE("- A member of the dictionary that stands twice is refused (`syntax`), and so is a number "
         "that")
    LINE("  no double holds (`range`).")
    LINE("- `null`, an empty text and an empty list mean \"not given\". A flag that is not given "
         "is false.")
    LINE("- **Text**: spaces are taken off both ends; then at most so many octets of UTF-8 "
         "(`size`).")
    LINE("  Control characters (U+0000 to U+001F, U+007F to U+009F), line and paragraph separators "
         "and")
    LINE("  the controls of text direction (U+202A to U+202E, U+2066 to U+2069) are refused "
         "(`utf8`).")
    LINE("- **Time**: RFC 3339 with an offset, at most nine decimals (kept to the microsecond), "
         "offsets")
    LINE("  up to 15:59. A day that the calendar lacks, hour 24 and second 60 are refused "
         "(`time`). Every")
    LINE("  time lies between 1990-01-01 and one day ahead of the receiver's clock (`range`).")
    LINE("- A value of the wrong JSON type is refused (`type`), a word that is not in its list too")
    LINE("  (`value`), and a list that is too long (`size`).")
}

static void put_withheld(FILE *out)
{
    LINE("\n## Taken out of texts\n")
    LINE(
        "Every text of an event is looked through, by the agent and again by intake, for what must "
        "not be")
    LINE("kept. It is taken out of the text and counted by its kind; a text in which nothing is "
         "found keeps")
    LINE("every octet.\n")
    fprintf(out, "| kind | what |\n|---|---|\n");
    for (int kind = 0; kind < TEXT_KINDS; kind++)
        fprintf(out, "| `%s` | %s |\n", text_kind_word(kind), text_kind_doc(kind));
    LINE("\nIn `call_type`, `final_type`, `dispositions[].code`, `outcomes[].code` and "
         "`outcomes[].offense` a")
    fprintf(out,
            "code that tells a status or a place of birth becomes `%s` as a whole, and is counted "
            "as a code\nbesides. So does a text of which nothing is left. A number (`incident`, "
            "`event_id`, `outcome_id`,\n`merged_into` and the like) of which nothing is left is "
            "not given.\n\n",
            EVENT_WITHHELD);
    fprintf(out,
            "How a text is written makes no difference: full-width letters, look-alikes of other "
            "scripts, digits of\nany script, accents, soft hyphens and other characters that are "
            "not shown, case, and what stands\nbetween letters (`I.C.E.`, `NON-CITIZEN`). Offenses "
            "are known by their value (`30-A` as `30A`): 30A to\n30D and 49C of NIBRS. A date is "
            "one of birth beside DOB, BORN and the like only, and a name is looked\nfor behind a "
            "word that announces one (NAME, SUSP, RP, DOB) only. The patterns are in\n"
            "`common/text_rules.def`.\n");
}

static void put_privacy(FILE *out)
{
    LINE("\n## Refused by name\n")
    LINE(
        "RCW 10.93.160: immigration and citizenship status and place of birth are not collected. A")
    LINE("member with one of these names is dropped wherever it stands in a document, and counted; "
         "the")
    LINE("event goes on. Case, `_`, `-`, `.`, spaces and a prefix ending in `:` make no "
         "difference.\n")
    EVENT_DENIED_FIELDS(NAME)
    LINE("\nNames of persons, dates of birth, telephone numbers and the like are not listed "
         "because they")
    LINE("are not in this dictionary: they are dropped as any unknown field is.")
    put_withheld(out);
}

int event_write_dictionary(FILE *out)
{
    put_head(out);
    put_type_table(out, &event_type_event);
    for (size_t i = 0; i < event_type_count; i++)
        if (event_types[i] != &event_type_event)
            put_type_table(out, event_types[i]);
    LINE("\n## What must be given\n\n| in | must be given |\n|---|---|")
    for (size_t i = 0; i < event_need_count; i++)
        put_need(out, &event_needs[i]);
    LINE("\n## Lists of words")
    for (size_t i = 0; i < event_list_count; i++)
        put_list_table(out, event_lists[i]);
    put_privacy(out);
    return ferror(out) ? ERR_IO : 0;
}
