#include "log.h"

#include "clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *log_service = "liaison";
static enum log_level log_threshold = LOG_LEVEL_INFO;

static const char *const level_words[] = {"debug", "info", "warn", "error"};

int log_level_parse(const char *word, enum log_level *level)
{
    for (size_t i = 0; i < sizeof level_words / sizeof *level_words; i++)
        if (strcmp(word, level_words[i]) == 0) {
            *level = (enum log_level)i;
            return 0;
        }
    return -1;
}

void log_init(const char *service, enum log_level level)
{
    const char *env = getenv("LIAISON_LOG");

    log_service = service;
    if (!env || log_level_parse(env, &log_threshold) != 0)
        log_threshold = level;
}

static size_t put_head(char *line, size_t size, enum log_level level, const char *event)
{
    int64_t now = clock_wall_us();
    time_t seconds = (time_t)(now / 1000000);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    size_t n = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &tm);
    int m = snprintf(line + n, size - n, ".%03dZ %s %s event=%s", (int)(now / 1000 % 1000),
                     level_words[level], log_service, event);
    n += m > 0 ? (size_t)m : 0;
    return n < size ? n : size - 1;
}

void log_write(enum log_level level, const char *event, const char *fmt, ...)
{
    char line[1024];
    va_list args;

    if (level < log_threshold)
        return;
    size_t n = put_head(line, sizeof line - 2, level, event);
    if (n < sizeof line - 3 && fmt[0]) {
        line[n++] = ' ';
        va_start(args, fmt);
        int m = vsnprintf(line + n, sizeof line - 1 - n, fmt, args);
        va_end(args);
        if (m > 0)
            n = (size_t)m < sizeof line - 1 - n ? n + (size_t)m : sizeof line - 2;
    }
    /* An event is one line, whatever was put into it. */
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[n++] = '\n';
    /* One write a line: lines of several threads or processes do not mix. */
    ssize_t written = write(STDERR_FILENO, line, n);
    (void)written;
}

const char *log_quote(const char *text, char *out, unsigned long size)
{
    size_t n = 0;

    out[n++] = '"';
    for (; *text && n + 6 < size; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\') {
            out[n++] = '\\';
            out[n++] = (char)c;
        } else if (c < 0x20 || c == 0x7f) {
            n += (size_t)snprintf(out + n, size - n, "\\x%02x", c);
        } else {
            out[n++] = (char)c;
        }
    }
    out[n++] = '"';
    out[n] = '\0';
    return out;
}
