/*
 * errors: how functions report errors. They return 0 or a negative enum err. Where a person or a
 * peer needs the details, they also fill the caller's struct error, which names the field and the
 * reason. A reason never repeats the value that was refused.
 */
#ifndef LIAISON_ERRORS_H
#define LIAISON_ERRORS_H

enum err {
    ERR_NOMEM = -1,    /* no memory */
    ERR_IO = -2,       /* a system call failed; the reason holds strerror */
    ERR_SYNTAX = -3,   /* not well-formed: JSON, CSV, frame, configuration */
    ERR_UTF8 = -4,     /* not UTF-8, or a character that no text may hold */
    ERR_DEPTH = -5,    /* nested too deep */
    ERR_SIZE = -6,     /* longer than the limit */
    ERR_MISSING = -7,  /* a required field is not there */
    ERR_TYPE = -8,     /* a field has the wrong JSON type */
    ERR_RANGE = -9,    /* a number or a time outside of its range */
    ERR_VALUE = -10,   /* a word that is not in the field's list */
    ERR_TIME = -11,    /* not a time */
    ERR_AGENCY = -12,  /* belongs to another agency */
    ERR_CONTENT = -13, /* a content type that is not accepted */
    ERR_STATE = -14,   /* wrong order of calls or messages */
    ERR_DB = -15,      /* PostgreSQL refused it */
    ERR_EXISTS = -16,
    ERR_ABSENT = -17,
};

/* An error in detail, for a person and for a NAK. All strings are NUL-terminated and printable
 * ASCII. */
struct error {
    enum err code;
    int os;           /* of ERR_IO: its errno, as it stood when error_set was called */
    char field[64];   /* "place.latitude", "units[3].id"; "" if it is not about one field */
    char reason[160]; /* "must be between -90 and 90" */
};

/* The word for a code on the wire, in logs and in reject files: "range". Static. */
const char *err_name(enum err code);

/* Fills error (which may be NULL) and returns code. */
int error_set(struct error *error, enum err code, const char *field, const char *reason_fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
