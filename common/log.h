/*
 * log: key=value lines on standard error, one event a line:
 *   2026-11-23T09:12:04.512Z info intake event=listen endpoint=tcp://127.0.0.1:8604
 * Lines never hold a payload, a name, an address of a call, or a secret. Thread-safe (one write a
 * line).
 */
#ifndef LIAISON_LOG_H
#define LIAISON_LOG_H

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* service is kept, not copied. The level is taken from LIAISON_LOG if that is set. */
void log_init(const char *service, enum log_level level);
/* 0, or -1 if the word is none of debug, info, warn, error. */
int log_level_parse(const char *word, enum log_level *level);

/* event is a word; fmt makes "key=value key=value". Values with spaces go through log_quote. */
void log_write(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* "text" with quotes, backslashes and control characters escaped, cut to fit; returns out. */
const char *log_quote(const char *text, char *out, unsigned long size);

#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...)  log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
