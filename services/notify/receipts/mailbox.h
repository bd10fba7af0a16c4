/*
 * mailbox: reads the messages of an IMAP mailbox that are behind a mark, by libcurl, and marks or
 * deletes those that were reports of mail servers. The mark is a UIDVALIDITY with the highest UID
 * that was read (RFC 3501); who calls keeps it, so that a message is read once whatever its flags
 * are and whoever else reads the mailbox. Or it looks for test messages by what they say.
 *
 * A visit is bounded: so many messages, and so many octets of each. A message at which the server
 * ends the connection, or falls silent, is passed over if the server gives others. The calls wait
 * for the server: on a thread of their own. *stop ends them early, from any thread.
 */
#ifndef NOTIFY_MAILBOX_H
#define NOTIFY_MAILBOX_H

#include "dsn.h"
#include "settings.h"

#include <stdatomic.h>
#include <stdint.h>

enum { MAILBOX_MESSAGES_MOST = 50, MAILBOX_OCTETS_MOST = 262144 };

struct mailbox_report {
    uint32_t uid;
    struct dsn dsn;
};

struct mailbox_visit {
    const struct bounce_settings *settings; /* of the caller, with stop */
    const atomic_bool *stop;

    int64_t uidvalidity, uid; /* the mark: where to begin, and then how far it was read */
    bool more;                /* there are messages behind it */
    size_t seen;              /* messages that were read */
    size_t passed_over;       /* messages that the server could not give */
    size_t report_count;      /* those of them that are reports */
    struct mailbox_report report[MAILBOX_MESSAGES_MOST];
    char error[48]; /* "imap curl-67", if a call failed */
};

/* Reads on from the mark. Messages that are no reports keep the flags that they had. 0, or ERR_IO
 * with error set; then the mark and the reports stand for what was read until then. */
int mailbox_read(struct mailbox_visit *visit);
/* Looks for messages of ours, wherever they lie: From holds sender, and Subject holds one of words
 * (a blank between them), and stem with a UUID behind it, which becomes the token of a report. The
 * server looks for each word, so that mail without one takes no room. The mark has no part in it.
 * No argument has a quote or a backslash. 0, or ERR_IO with error set. */
int mailbox_find(struct mailbox_visit *visit, const char *sender, const char *stem,
                 const char *words);
/* Marks the visit's reports as seen, or deletes them, as the settings say. */
int mailbox_mark(struct mailbox_visit *visit);

#endif
