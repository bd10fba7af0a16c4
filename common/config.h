/*
 * config: one INI file per program, read by libinih into a struct by a table of rows. --help prints
 * the same table. An unknown section or key, a bad value or a missing required one is an error that
 * names the line and the key.
 *
 *   struct app_config { char listen[128]; int window_h; bool tls; };
 *   static const struct config_row rows[] = {
 *       CONFIG_TEXT(struct app_config, "http", listen, "http://127.0.0.1:8600", "where to listen"),
 *       CONFIG_INT(struct app_config, "holding", window_h, "24", 1, 8760, "hours to hold"),
 *       CONFIG_FLAG(struct app_config, "smtp", tls, "yes", "STARTTLS is required"),
 *   };
 * A text row whose default is NULL is required.
 */
#ifndef LIAISON_CONFIG_H
#define LIAISON_CONFIG_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum config_type { CONFIG_T_TEXT, CONFIG_T_INT, CONFIG_T_FLAG };

struct config_row {
    const char *section;
    const char *key;
    enum config_type type;
    size_t offset;
    size_t size; /* of a text's array */
    const char *fallback;
    long low, high;
    const char *doc;
};

#define CONFIG_TEXT(type, section, member, fallback, doc) \
    CONFIG_TEXT_AS(type, section, #member, member, fallback, doc)
#define CONFIG_INT(type, section, member, fallback, low, high, doc) \
    CONFIG_INT_AS(type, section, #member, member, fallback, low, high, doc)
#define CONFIG_FLAG(type, section, member, fallback, doc) \
    CONFIG_FLAG_AS(type, section, #member, member, fallback, doc)
/* The same where the key is not the member's name. Ints are of type int, flags of type bool. */
#define CONFIG_TEXT_AS(type, section, key, member, fallback, doc)                         \
    {                                                                                     \
        section, key, CONFIG_T_TEXT, offsetof(type, member), sizeof(((type *)0)->member), \
            fallback, 0, 0, doc                                                           \
    }
#define CONFIG_INT_AS(type, section, key, member, fallback, low, high, doc)                       \
    {                                                                                             \
        section, key, CONFIG_T_INT, offsetof(type, member), sizeof(int), fallback, low, high, doc \
    }
#define CONFIG_FLAG_AS(type, section, key, member, fallback, doc)                              \
    {                                                                                          \
        section, key, CONFIG_T_FLAG, offsetof(type, member), sizeof(bool), fallback, 0, 0, doc \
    }

/* Fills config with defaults, then with the file (path NULL: defaults only). */
int config_load(void *config, const struct config_row *rows, size_t count, const char *path,
                struct error *error);
void config_help(const struct config_row *rows, size_t count, FILE *out);

/* Reads a small secret from a file, without its trailing newline. The file must not be readable by
 * others. out is NUL-terminated. */
int config_secret(const char *path, char *out, size_t size, struct error *error);

/* Checks what a table of rows cannot express. Returns 0, or negative with error filled. */
typedef int (*config_check_cb)(const void *config, struct error *error);

/* Handles the command line that all programs share: --config FILE, --check, --help, --version.
 * Returns 0 to go on (config loaded), 1 when there is nothing left to do (help, version, a check
 * that passed), negative on error (already printed to standard error). */
int config_main(int argc, char **argv, const char *program, void *config,
                const struct config_row *rows, size_t count);
/* As config_main; calls check_cb once the file has been read. */
int config_main_checked(int argc, char **argv, const char *program, void *config,
                        const struct config_row *rows, size_t count, config_check_cb check_cb);
/* Reads the file of --config again, into another struct. */
int config_again(int argc, char **argv, void *config, const struct config_row *rows, size_t count,
                 struct error *error);

#endif
