/* See json_read.h. */
#include "json_read.h"

#include "utf8.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool fails(struct json_reader *r, enum err code, const char *reason)
{
    if (!r->defect) {
        r->defect = code;
        r->reason = reason;
    }
    return false;
}

static bool syntax(struct json_reader *r)
{
    if (r->at >= r->size)
        return fails(r, ERR_SYNTAX, "the JSON text ends too early");
    return fails(r, ERR_SYNTAX, "cannot be read as JSON");
}

static char peek(const struct json_reader *r)
{
    return r->at < r->size ? r->text[r->at] : '\0';
}

static char peek_past_space(struct json_reader *r)
{
    while (r->at < r->size && (r->text[r->at] == ' ' || r->text[r->at] == '\n' ||
                               r->text[r->at] == '\t' || r->text[r->at] == '\r'))
        r->at++;
    return peek(r);
}

enum json_kind json_read_kind(struct json_reader *r)
{
    char c = r->defect ? '\0' : peek_past_space(r);

    switch (c) {
    case '{':
        return JSON_IS_OBJECT;
    case '[':
        return JSON_IS_LIST;
    case '"':
        return JSON_IS_TEXT;
    case 't':
        return JSON_IS_TRUE;
    case 'f':
        return JSON_IS_FALSE;
    case 'n':
        return JSON_IS_NULL;
    default:
        if (c == '-' || (c >= '0' && c <= '9'))
            return JSON_IS_NUMBER;
        syntax(r);
        return JSON_NONE;
    }
}

/* ---- Objects and lists ---- */

bool json_read_enter(struct json_reader *r)
{
    if (r->defect)
        return false;
    if (++r->depth > r->max_depth)
        return fails(r, ERR_DEPTH, "is nested too deep");
    r->at++;
    r->fresh = true;
    return true;
}

/* Goes to the next element. False behind the end of the object or list, or at an error. */
static bool next(struct json_reader *r, char close)
{
    if (r->defect)
        return false;
    char c = peek_past_space(r);
    bool fresh = r->fresh;

    r->fresh = false;
    if (c == close) {
        r->at++;
        r->depth--;
        return false;
    }
    if (fresh)
        return true;
    if (c != ',')
        return syntax(r);
    r->at++;
    return true;
}

bool json_read_member(struct json_reader *r, const char **name, size_t *size)
{
    if (!next(r, '}'))
        return false;
    if (peek_past_space(r) != '"')
        return syntax(r);
    if (!json_read_text(r, name, size))
        return false;
    if (peek_past_space(r) != ':')
        return syntax(r);
    r->at++;
    return true;
}

bool json_read_item(struct json_reader *r)
{
    return next(r, ']');
}

/* ---- Texts ---- */

static bool hex4(const char *text, size_t size, uint32_t *out)
{
    *out = 0;
    if (size < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)text[i];
        uint32_t digit = c >= '0' && c <= '9'   ? c - (uint32_t)'0'
                         : c >= 'a' && c <= 'f' ? c - (uint32_t)'a' + 10
                         : c >= 'A' && c <= 'F' ? c - (uint32_t)'A' + 10
                                                : 16;

        if (digit > 15)
            return false;
        *out = *out << 4 | digit;
    }
    return true;
}

/* Reads a character of one or two escapes; the reader stands after "\u". */
static bool read_code(struct json_reader *r, uint32_t *point)
{
    const char *text = r->text + r->at;
    size_t left = r->size - r->at;
    uint32_t low;

    if (!hex4(text, left, point))
        return syntax(r);
    if (*point == 0)
        return fails(r, ERR_UTF8, "must not hold U+0000");
    if (*point < 0xd800 || *point > 0xdfff) {
        r->at += 4;
        return true;
    }
    if (*point > 0xdbff || left < 10 || text[4] != '\\' || text[5] != 'u' ||
        !hex4(text + 6, left - 6, &low) || low < 0xdc00 || low > 0xdfff)
        return fails(r, ERR_UTF8, "holds half a surrogate pair");
    *point = 0x10000 + ((*point - 0xd800) << 10) + (low - 0xdc00);
    r->at += 10;
    return true;
}

/* Reads the escaped character; the reader stands at a backslash. */
static bool read_escape(struct json_reader *r, uint32_t *point)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *found;

    r->at++;
    char c = peek(r);
    if (c == 'u') {
        r->at++;
        return read_code(r, point);
    }
    found = c ? strchr(letters, c) : NULL;
    if (!found)
        return syntax(r);
    r->at++;
    *point = (unsigned char)meant[found - letters];
    return true;
}

static size_t put_utf8(char *out, uint32_t point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

    for (size_t i = size - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)((0xf00U >> size & 0xff) | point);
    return size;
}

/* Skips characters without a special meaning, which are nearly all of a text. */
static void pass_plain(struct json_reader *r)
{
    r->at += utf8_plain(r->text + r->at, r->size - r->at);
}

/* Reads one character that is neither plain nor the end; *point is the decoded character. */
static bool read_special(struct json_reader *r, uint32_t *point)
{
    if (r->at == r->size)
        return syntax(r);
    unsigned char c = (unsigned char)r->text[r->at];

    if (c == '\\')
        return read_escape(r, point);
    if (c < 0x20)
        return fails(r, ERR_UTF8, "must not hold control characters");
    size_t step = utf8_step(r->text + r->at, r->size - r->at, point);
    if (step == 0)
        return fails(r, ERR_UTF8, "is not UTF-8");
    r->at += step;
    return true;
}

bool json_read_text(struct json_reader *r, const char **text, size_t *size)
{
    char *const room = r->room;
    size_t from = ++r->at, used = 0;
    bool escaped = false;

    if (r->defect)
        return false;
    for (pass_plain(r); peek(r) != '"'; pass_plain(r)) {
        size_t special = r->at;
        uint32_t point = 0;

        if (!read_special(r, &point))
            return false;
        if (r->text[special] != '\\' || !room)
            continue;
        memcpy(room + used, r->text + from, special - from);
        used += special - from;
        used += put_utf8(room + used, point);
        from = r->at;
        escaped = true;
    }
    if (escaped) {
        memcpy(room + used, r->text + from, r->at - from);
        used += r->at - from;
    }
    *text = escaped ? room : r->text + from;
    *size = escaped ? used : r->at - from;
    r->at++;
    return true;
}

/* ---- Numbers and words ---- */

static size_t pass_digits(struct json_reader *r)
{
    size_t from = r->at;

    while (r->at < r->size && r->text[r->at] >= '0' && r->text[r->at] <= '9')
        r->at++;
    return r->at - from;
}

struct number {
    const char *text;
    size_t size;
    size_t whole, fraction; /* digits */
    bool exponent;
};

static bool pass_number(struct json_reader *r, struct number *n)
{
    *n = (struct number){.text = r->text + r->at};
    r->at += peek(r) == '-';
    bool zero = peek(r) == '0';
    n->whole = pass_digits(r);
    if (n->whole == 0 || (zero && n->whole > 1))
        return syntax(r);
    if (peek(r) == '.') {
        r->at++;
        n->fraction = pass_digits(r);
        if (n->fraction == 0)
            return syntax(r);
    }
    n->exponent = peek(r) == 'e' || peek(r) == 'E';
    if (n->exponent) {
        r->at++;
        r->at += peek(r) == '+' || peek(r) == '-';
        if (pass_digits(r) == 0)
            return syntax(r);
    }
    n->size = (size_t)(r->text + r->at - n->text);
    return true;
}

/* A mantissa under 2^53 divided by a power of ten under 10^23: both are exact, so the quotient is
 * the nearest double. */
static bool short_number(const struct number *n, double *out)
{
    static const double ten[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool minus = n->text[0] == '-';
    int64_t mantissa = 0;

    if (n->exponent || n->whole + n->fraction > 15)
        return false;
    for (size_t i = minus; i < n->size; i++)
        if (n->text[i] != '.')
            mantissa = mantissa * 10 + (n->text[i] - '0');
    *out = (double)mantissa / ten[n->fraction];
    if (minus)
        *out = -*out;
    return true;
}

static bool long_number(struct json_reader *r, const struct number *n, double *out)
{
    static const char too_large[] = "is a number too large to be kept";
    char copy[512];

    if (n->size >= sizeof copy)
        return fails(r, ERR_RANGE, too_large);
    memcpy(copy, n->text, n->size);
    copy[n->size] = '\0';
    errno = 0;
    if (!n->fraction && !n->exponent) {
        *out = (double)strtoll(copy, NULL, 10);
        return errno ? fails(r, ERR_RANGE, too_large) : true;
    }
    *out = strtod(copy, NULL);
    return isfinite(*out) ? true : fails(r, ERR_RANGE, too_large);
}

bool json_read_number(struct json_reader *r, double *out)
{
    struct number n;

    if (r->defect || !pass_number(r, &n))
        return false;
    return short_number(&n, out) || long_number(r, &n, out);
}

bool json_read_word(struct json_reader *r)
{
    static const char *const words[] = {
        [JSON_IS_TRUE] = "true", [JSON_IS_FALSE] = "false", [JSON_IS_NULL] = "null"};
    enum json_kind kind = json_read_kind(r);

    if (kind < JSON_IS_TRUE)
        return syntax(r);
    for (const char *c = words[kind]; *c; c++, r->at++)
        if (peek(r) != *c)
            return syntax(r);
    return true;
}

/* ---- Skipping ---- */

static bool skip_object(struct json_reader *r, json_named_cb named_cb, void *ctx)
{
    const char *name;
    size_t size;

    json_read_enter(r);
    while (json_read_member(r, &name, &size)) {
        bool told = named_cb && named_cb(ctx, name, size);

        if (!json_read_skip(r, told ? named_cb : NULL, ctx))
            return false;
    }
    return !r->defect;
}

static bool skip_list(struct json_reader *r, json_named_cb named_cb, void *ctx)
{
    json_read_enter(r);
    while (json_read_item(r))
        if (!json_read_skip(r, named_cb, ctx))
            return false;
    return !r->defect;
}

bool json_read_skip(struct json_reader *r, json_named_cb named_cb, void *ctx)
{
    const char *text;
    size_t size;
    double number;

    switch (json_read_kind(r)) {
    case JSON_NONE:
        return false;
    case JSON_IS_OBJECT:
        return skip_object(r, named_cb, ctx);
    case JSON_IS_LIST:
        return skip_list(r, named_cb, ctx);
    case JSON_IS_TEXT:
        return json_read_text(r, &text, &size);
    case JSON_IS_NUMBER:
        return json_read_number(r, &number);
    case JSON_IS_TRUE:
    case JSON_IS_FALSE:
    case JSON_IS_NULL:
        break;
    }
    return json_read_word(r);
}

bool json_read_end(struct json_reader *r)
{
    peek_past_space(r);
    return !r->defect && (r->at == r->size || syntax(r));
}
