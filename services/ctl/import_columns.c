/* The columns of a file: which of them a command knows, and by which name the file has them. */
#include "import_private.h"
#include "nearest.h"
#include "out.h"

#include <string.h>
#include <strings.h>

static const char *renamed(const struct import *import, const char *column)
{
    for (const struct import_renamed *r = import->renamed; r && r->column; r++)
        if (strcmp(r->column, column) == 0)
            return r->name;
    return column;
}

const char *import_name(const struct import *import, const char *column)
{
    const char *name = renamed(import, column);

    if (sheet_has(import->sheet, name))
        return name;
    for (const struct ctl_column *c = import->file->column; c->name; c++)
        if (c->other && strcmp(c->name, column) == 0 && sheet_has(import->sheet, c->other))
            return c->other;
    return name;
}

static bool is_feature(const struct import *import)
{
    return strcmp(sheet_unit(import->sheet), "feature") == 0;
}

/* Whether the command reads a column of this name. Fills nearest. */
static bool is_known(const struct import *import, const char *name, struct nearest *nearest)
{
    *nearest = (struct nearest){.word = name};
    if (is_feature(import) && strcasecmp(name, "geometry") == 0)
        return true;
    for (const struct ctl_column *c = import->file->column; c->name; c++) {
        const char *known = renamed(import, c->name);

        if (strcasecmp(name, known) == 0 || (c->other && strcasecmp(name, c->other) == 0))
            return true;
        nearest_try(nearest, known);
    }
    return false;
}

/* Fills the error of a column that is not known. One that waits to be told is printed before. */
static int refuse(struct import *import, size_t column, const struct nearest *nearest)
{
    struct ctl *ctl = import->ctl;
    char label[SHEET_LABEL_SIZE];

    if (ctl->error.code)
        out_error(ctl);
    sheet_label(import->sheet, column, label);
    ctl->line = sheet_column_line(import->sheet, column);
    if (nearest->name)
        return error_set(&ctl->error, ERR_ABSENT, label,
                         "is not a column of this file; was %s meant?", nearest->name);
    return error_set(&ctl->error, ERR_ABSENT, label,
                     "is not a column of this file; liaisonctl help %s %s names them",
                     import->file->group, import->file->verb);
}

static void ignore(struct import *import, size_t column, const struct nearest *nearest)
{
    struct ctl *ctl = import->ctl;
    char label[SHEET_LABEL_SIZE];

    sheet_label(import->sheet, column, label);
    if (!import->ignored)
        import->ignored = json_array();
    json_array_append_new(import->ignored, json_string(label));
    if (!ctl->json)
        fprintf(ctl->errors, "liaisonctl: %s: the property %s is not read%s%s%s\n", ctl->file,
                label, nearest->name ? "; was " : "", nearest->name ? nearest->name : "",
                nearest->name ? " meant?" : "");
}

/* A column may have two spellings, but not both in one file. */
static int check_spellings(struct import *import)
{
    for (const struct ctl_column *c = import->file->column; c->name; c++)
        if (c->other && sheet_has(import->sheet, c->other) && sheet_has(import->sheet, c->name))
            return error_set(&import->ctl->error, ERR_EXISTS, c->other,
                             "is another spelling of %s, and both are there", c->name);
    return 0;
}

int import_check_columns(struct import *import)
{
    int err = 0;

    for (size_t i = 0; i < sheet_columns(import->sheet); i++) {
        const char *name = sheet_column_name(import->sheet, i);
        struct nearest nearest;

        if (!*name && strcmp(sheet_unit(import->sheet), "line") == 0)
            continue; /* an empty column of CSV */
        if (is_known(import, name, &nearest))
            continue;
        if (is_feature(import))
            ignore(import, i, &nearest);
        else
            err = refuse(import, i, &nearest);
    }
    return err ? err : check_spellings(import);
}

/* An object, or a list of anything but texts, which sheet.h leaves as JSON. */
static bool is_structure(const struct import *import, const char *cell)
{
    json_t *value = NULL;
    bool structure;

    if (strcmp(sheet_unit(import->sheet), "line") != 0 && strchr("{[", cell[0]))
        value = json_loads(cell, 0, NULL);
    structure = value != NULL;
    json_decref(value);
    return structure;
}

int import_check_cells(struct import *import, size_t row)
{
    for (const struct ctl_column *c = import->file->column; c->name; c++) {
        const char *cell = sheet_get(import->sheet, row, import_name(import, c->name));
        size_t most = file_columns_most(import->file, c);

        if (!cell || most == 0)
            continue;
        if (strnlen(cell, most + 1) > most)
            return import_error(import, ERR_SIZE, c->name, "is longer than %zu octets", most);
        if (is_structure(import, cell))
            return import_error(import, ERR_TYPE, c->name, "must be a value or a list of texts");
    }
    return 0;
}
