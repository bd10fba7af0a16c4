#include "filter.h"

#include "http.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_LIMIT = 50, MAX_LIMIT = 200, SEAL_SIZE = 16 };

typedef bool (*filter_check)(const char *text, const void *detail);

struct filter_row {
    const char *name;
    filter_check check;
    const void *detail;
    const char *expected; /* completes "must be ..." */
};

struct bounds {
    int low, high;
};

static bool digits(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

static bool is_month(const char *text, const void *detail)
{
    (void)detail;
    if (strlen(text) != 7 || !digits(text, 4) || text[4] != '-' || !digits(text + 5, 2))
        return false;
    int year = atoi(text);
    int month = atoi(text + 5);
    return year >= 1900 && year <= 2200 && month >= 1 && month <= 12;
}

static bool is_day(const char *text, const void *detail)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    char month_text[8];

    if (strlen(text) != 10 || text[7] != '-' || !digits(text + 8, 2))
        return false;
    memcpy(month_text, text, 7);
    month_text[7] = '\0';
    if (!is_month(month_text, detail))
        return false;
    int year = atoi(text);
    int month = atoi(text + 5);
    int day = atoi(text + 8);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

static bool is_number(const char *text, const void *detail)
{
    const struct bounds *bounds = detail;
    size_t size = strlen(text);

    if (size < 1 || size > 9 || !digits(text, size))
        return false;
    return atoi(text) >= bounds->low && atoi(text) <= bounds->high;
}

static bool is_word(const char *text, const void *detail)
{
    for (const char *const *word = detail; *word != NULL; word++)
        if (strcmp(text, *word) == 0)
            return true;
    return false;
}

static bool is_slug(const char *text, const void *detail)
{
    size_t size = strlen(text);
    (void)detail;
    return size >= 1 && size <= 40 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == size;
}

static bool is_agency(const char *text, const void *detail)
{
    return is_slug(text, detail) && strlen(text) >= 2 && strlen(text) <= 39 && text[0] != '-' &&
           strchr(text, '_') == NULL;
}

/* Whether the number of characters (not octets) is within the bounds. */
static bool is_text(const char *text, const void *detail)
{
    const struct bounds *bounds = detail;
    int characters = 0;

    for (; *text != '\0'; text++)
        characters += ((unsigned char)*text & 0xC0) != 0x80;
    return characters >= bounds->low && characters <= bounds->high;
}

static const char *const statuses[] = {"open", "closed", "cancelled", NULL};
static const char *const hours[] = {"school", "outside", NULL};
static const char *const booleans[] = {"true", "false", NULL};
static const char *const directions[] = {"asc", "desc", NULL};
const char *const filter_sorts[] = {"opened_at", "updated_at", "school",      "class", "type",
                                    "priority",  "status",     "disposition", NULL};
const size_t filter_sort_count = sizeof filter_sorts / sizeof filter_sorts[0] - 1;
static const struct bounds any_id = {1, 999999999};
static const struct bounds page_size = {1, MAX_LIMIT};
static const struct bounds code_text = {1, 40};
static const struct bounds search_text = {1, 80};
static const struct bounds cursor_text = {1, 400};

static const struct filter_row rows[FILTER_COUNT] = {
    [FILTER_FROM] = {"from", is_day, NULL, "a day such as 2026-11-23"},
    [FILTER_TO] = {"to", is_day, NULL, "a day such as 2026-11-23"},
    [FILTER_SCHOOL] = {"school", is_number, &any_id, "a school's id"},
    [FILTER_CLASS] = {"class", is_slug, NULL, "a class of calls"},
    [FILTER_TYPE] = {"type", is_text, &code_text, "1 to 40 characters"},
    [FILTER_DISPOSITION] = {"disposition", is_text, &code_text, "1 to 40 characters"},
    [FILTER_MONTH] = {"month", is_month, NULL, "a month such as 2026-11"},
    [FILTER_STATUS] = {"status", is_word, statuses, "open, closed or cancelled"},
    [FILTER_HOURS] = {"hours", is_word, hours, "school or outside"},
    [FILTER_AGENCY] = {"agency", is_agency, NULL, "an agency's slug"},
    [FILTER_Q] = {"q", is_text, &search_text, "1 to 80 characters"},
    [FILTER_COUNTED] = {"counted", is_word, booleans, "true or false"},
    [FILTER_SORT] = {"sort", is_word, filter_sorts, "one of the orders"},
    [FILTER_DIR] = {"dir", is_word, directions, "asc or desc"},
    [FILTER_LIMIT] = {"limit", is_number, &page_size, "1 to 200"},
    [FILTER_CURSOR] = {"cursor", is_text, &cursor_text, "next of the page before"},
};

static int read_pair(struct filter *filter, const struct http_pair *pair, enum filter_field end,
                     struct error *error)
{
    for (size_t i = 0; i < (size_t)end; i++) {
        const struct filter_row *row = &rows[i];
        if (strcmp(row->name, pair->name) != 0)
            continue;
        if (filter->value[i] != NULL)
            return error_set(error, ERR_VALUE, row->name, "is given twice");
        if (!row->check(pair->value, row->detail))
            return error_set(error, ERR_VALUE, row->name, "must be %s", row->expected);
        filter->value[i] = pair->value;
        return 0;
    }
    error_set(error, ERR_ABSENT, "", "is not a parameter of this");
    if (error != NULL && is_slug(pair->name, NULL)) /* 40 characters at most */
        strcpy(error->field, pair->name);
    return ERR_ABSENT;
}

int filter_read(struct filter *filter, const struct http_pair *pairs, size_t count,
                enum filter_field end, struct error *error)
{
    memset(filter, 0, sizeof *filter);
    filter->limit = DEFAULT_LIMIT;
    filter->descending = true;
    for (size_t i = 0; i < count; i++) {
        int result = read_pair(filter, &pairs[i], end, error);
        if (result != 0)
            return result;
    }
    if (filter->value[FILTER_LIMIT] != NULL)
        filter->limit = atoi(filter->value[FILTER_LIMIT]);
    if (filter->value[FILTER_DIR] != NULL)
        filter->descending = strcmp(filter->value[FILTER_DIR], "desc") == 0;
    if (filter->value[FILTER_COUNTED] != NULL)
        filter->counted = strcmp(filter->value[FILTER_COUNTED], "true") == 0;
    if (filter->value[FILTER_SORT] != NULL)
        while (strcmp(filter->value[FILTER_SORT], filter_sorts[filter->sort]) != 0)
            filter->sort++;
    return 0;
}

static void seal(const struct filter *filter, const char *scope,
                 const unsigned char key[FILTER_KEY_SIZE], uint32_t offset,
                 unsigned char out[SEAL_SIZE])
{
    crypto_generichash_state state;
    unsigned char order[] = {(unsigned char)filter->sort, filter->descending, filter->counted};

    crypto_generichash_init(&state, key, FILTER_KEY_SIZE, SEAL_SIZE);
    crypto_generichash_update(&state, (const unsigned char *)scope, strlen(scope) + 1);
    for (size_t i = 0; i < FILTER_SQL; i++) {
        const char *value = filter->value[i] == NULL ? "" : filter->value[i];
        crypto_generichash_update(&state, (const unsigned char *)value, strlen(value) + 1);
    }
    crypto_generichash_update(&state, order, sizeof order);
    crypto_generichash_update(&state, (const unsigned char *)&offset, sizeof offset);
    crypto_generichash_final(&state, out, SEAL_SIZE);
}

void filter_cursor_make(const struct filter *filter, const char *scope,
                        const unsigned char key[FILTER_KEY_SIZE], uint32_t offset,
                        char out[FILTER_CURSOR_SIZE])
{
    unsigned char raw[sizeof offset + SEAL_SIZE];

    memcpy(raw, &offset, sizeof offset);
    seal(filter, scope, key, offset, raw + sizeof offset);
    sodium_bin2base64(out, FILTER_CURSOR_SIZE, raw, sizeof raw,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

int filter_cursor_read(const struct filter *filter, const char *scope,
                       const unsigned char key[FILTER_KEY_SIZE], uint32_t *offset)
{
    const char *text = filter->value[FILTER_CURSOR];
    unsigned char raw[sizeof *offset + SEAL_SIZE];
    unsigned char wanted[SEAL_SIZE];
    size_t size = 0;

    *offset = 0;
    if (text == NULL)
        return 0;
    if (sodium_base642bin(raw, sizeof raw, text, strlen(text), NULL, &size, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        size != sizeof raw)
        return ERR_VALUE;
    memcpy(offset, raw, sizeof *offset);
    seal(filter, scope, key, *offset, wanted);
    if (sodium_memcmp(wanted, raw + sizeof *offset, SEAL_SIZE) != 0) {
        *offset = 0;
        return ERR_VALUE;
    }
    return 0;
}
