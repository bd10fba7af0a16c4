/*
 * facts: what a message says about a call, as codes, states and times alone: no text, no address,
 * no person. They are kept with each delivery (so that a retry is the same message) and with each
 * alert (so that an update says only what changed). Their JSON form is ours alone.
 */
#ifndef COMMON_FACTS_H
#define COMMON_FACTS_H

#include "errors.h"

#include <stdbool.h>
#include <stdint.h>

enum facts_status {
    FACTS_OPEN,
    FACTS_CLOSED,
    FACTS_CANCELLED,
    FACTS_ELSEWHERE, /* not at this school, after all */
    FACTS_MERGED,    /* the same call as another one */
    FACTS_ERROR,     /* entered in error */
    FACTS_WITHDRAWN, /* said to a contact who may not see the call any more: no fact at all */
    FACTS_STATUSES
};

enum facts_sensitivity { FACTS_SAY_ALL, FACTS_RESTRICTED, FACTS_SEALED, FACTS_SENSITIVITIES };

enum facts_units {
    FACTS_UNITS_NONE,
    FACTS_DISPATCHED,
    FACTS_EN_ROUTE,
    FACTS_ON_SCENE,
    FACTS_CLEAR,
    FACTS_UNIT_STATES
};

enum { FACTS_AGENCIES_SIZE = 72 }; /* six ids */
enum { FACTS_LIFE = 100 };         /* from this severity on it may cost a life (rules.h) */

struct facts {
    enum facts_status status;
    enum facts_sensitivity sensitivity;
    char class[32];
    char type[16];     /* common code, "" if unmapped */
    char relation[16]; /* of the place to the school: "at", "near" */
    char place[33];    /* digest: only to see that it changed */
    int units;         /* in this state, which is the most advanced of a unit */
    enum facts_units unit_state;
    int coming;                             /* beside those on scene: on the way */
    int sent;                               /* beside those on scene or on the way */
    int calls;                              /* that a summary counts; of a call 0 */
    int folded;                             /* other agencies with a call about the same incident */
    char folded_by[FACTS_AGENCIES_SIZE];    /* their ids: "3,17" */
    char folded_still[FACTS_AGENCIES_SIZE]; /* ids of those whose call goes on, though it may not be
                                               named any more; not kept with what was said */
    int severity;                           /* 0: ordinary; higher: worse (rules.h) */
    int64_t closed_at;                      /* seconds since 1970, 0: not closed or not known */
    char holders[33];                       /* digest: who has the alert; "": nobody */
    bool held;                              /* enough people have it */
    int64_t handed;                         /* number of the hand-over to who is told; 0: none */
};

/* What a delivery says. */
struct content {
    struct facts now;
    struct facts was; /* what was last said; only if has_was */
    bool has_was;
    struct facts first; /* as first said to this contact: the subject of his thread stays so */
    int64_t opened;     /* seconds since 1970 */
    int64_t late_s;     /* how long after opened the district heard of it; if that is late
                           (message.h), how long after it who is told first hears of it */
};

enum facts_change {
    CHANGED_STATUS = 1,
    CHANGED_TYPE = 2,
    CHANGED_PLACE = 4,
    CHANGED_RELATION = 8,
    CHANGED_CALLS = 16,
    CHANGED_FOLDED = 32,    /* another agency is there too */
    CHANGED_HOLDERS = 64,   /* who has it, while the call is open */
    CHANGED_HELD = 128,     /* whether enough people do */
    CHANGED_HANDED = 256,   /* it is handed to who is told */
    CHANGED_UNFOLDED = 512, /* another agency is there no more */
};

/* Bits of enum facts_change that differ between the two. */
unsigned facts_changed(const struct facts *was, const struct facts *now);
/* The facts as one contact is told them, who was told said last. own: the contact did what was last
 * done about who has it, and knows that. handed: the number of the hand-over to the contact; 0:
 * none, and that an earlier one has ended is no news. While the call is not open, who has it stays
 * as it was said last, and so do other agencies that are there no more. */
struct facts facts_for(const struct facts *now, const struct facts *said, bool own, int64_t handed);
/* The call goes on, or did until it closed; otherwise it never was what was said. */
bool facts_stand(const struct facts *facts);
/* Whether it is known what they are: not of a message whose content cannot be read, whose status is
 * FACTS_STATUSES. */
bool facts_known(const struct facts *facts);

enum facts_sensitivity facts_sensitivity_of(const char *word);
enum facts_units facts_units_of(const char *word);

/* JSON text, the caller's to free; NULL without memory. */
char *content_encode(const struct content *content);
/* 0 or ERR_SYNTAX. */
int content_decode(const char *json, struct content *content);

#endif
