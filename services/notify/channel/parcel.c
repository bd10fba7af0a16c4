#include "parcel.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    enum parcel_end end;
    enum reason reason;
    enum parcel_fault fault;
    enum parcel_sign sign;
    bool deferred;
} verdicts[VERDICTS] = {
    [VERDICT_SENT] = {END_OK, REASON_NONE, FAULT_NONE, SIGN_ALIVE},
    [VERDICT_BAD_ADDRESS] = {END_PERMANENT, REASON_BAD_ADDRESS, FAULT_RECIPIENT, SIGN_NONE},
    [VERDICT_REFUSED] = {END_PERMANENT, REASON_REFUSED, FAULT_RECIPIENT, SIGN_ALIVE},
    [VERDICT_OPTED_OUT] = {END_PERMANENT, REASON_OPTED_OUT, FAULT_RECIPIENT, SIGN_ALIVE},
    [VERDICT_DEFERRED] = {END_TEMPORARY, REASON_DEFERRED, FAULT_RECIPIENT, SIGN_ALIVE, true},
    [VERDICT_UNREACHABLE] = {END_TEMPORARY, REASON_UNREACHABLE, FAULT_PROVIDER, SIGN_DOWN},
    [VERDICT_FAILING] = {END_TEMPORARY, REASON_DEFERRED, FAULT_PROVIDER, SIGN_DOWN},
    [VERDICT_CLOSING] = {END_TEMPORARY, REASON_DEFERRED, FAULT_PROVIDER, SIGN_NONE, true},
    [VERDICT_BUSY] = {END_TEMPORARY, REASON_RATE_LIMITED, FAULT_PROVIDER, SIGN_BUSY},
    [VERDICT_OUR_MESSAGE] = {END_TEMPORARY, REASON_MISCONFIGURED, FAULT_OURSELVES, SIGN_ALIVE,
                             true},
    [VERDICT_OUR_ACCOUNT] = {END_TEMPORARY, REASON_MISCONFIGURED, FAULT_OURSELVES, SIGN_DOWN},
    [VERDICT_NO_ANSWER] = {END_UNKNOWN, REASON_NO_ANSWER, FAULT_PROVIDER, SIGN_DOWN},
    [VERDICT_ODD_ANSWER] = {END_UNKNOWN, REASON_ODD_ANSWER, FAULT_PROVIDER, SIGN_DOWN},
    [VERDICT_HELD_BACK] = {END_TEMPORARY, REASON_PROVIDER_DOWN, FAULT_PROVIDER, SIGN_NONE},
    [VERDICT_WAITED] = {END_TEMPORARY, REASON_NONE, FAULT_NONE, SIGN_NONE},
    [VERDICT_INTERNAL] = {END_TEMPORARY, REASON_INTERNAL, FAULT_OURSELVES, SIGN_NONE},
};

void parcel_free(struct parcel *parcel)
{
    if (!parcel)
        return;
    free(parcel->to);
    free(parcel->subject);
    free(parcel->text);
    free(parcel->html);
    free(parcel->content);
    free(parcel->message_id);
    free(parcel->root_id);
    free(parcel->others);
    free(parcel->earlier);
    if (parcel->secret)
        sodium_memzero(parcel->secret, strlen(parcel->secret));
    free(parcel->secret);
    free(parcel);
}

void parcel_judged(struct parcel *parcel, enum parcel_verdict verdict, const char *error_fmt, ...)
{
    va_list args;

    parcel->end = verdicts[verdict].end;
    parcel->reason = verdicts[verdict].reason;
    parcel->fault = verdicts[verdict].fault;
    parcel->sign = verdicts[verdict].sign;
    parcel->deferred = verdicts[verdict].deferred;
    va_start(args, error_fmt);
    vsnprintf(parcel->error, sizeof parcel->error, error_fmt, args);
    va_end(args);
}

void parcel_held(struct parcel *parcel, enum reason why, int64_t hold_ms)
{
    parcel_judged(parcel, VERDICT_HELD_BACK, "%s", "");
    parcel->reason = why;
    parcel->hold_ms = hold_ms;
    parcel->worker = 0; /* it came to none: this was no try */
}

const char *parcel_end_name(enum parcel_end end)
{
    static const char *const names[] = {
        [END_OK] = "ok",
        [END_TEMPORARY] = "temporary",
        [END_PERMANENT] = "permanent",
        [END_UNKNOWN] = "unknown",
    };

    return names[end];
}

const char *parcel_fault_name(enum parcel_fault fault)
{
    static const char *const names[] = {
        [FAULT_NONE] = "none",
        [FAULT_RECIPIENT] = "recipient",
        [FAULT_PROVIDER] = "provider",
        [FAULT_OURSELVES] = "ourselves",
    };

    return names[fault];
}
