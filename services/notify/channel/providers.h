/*
 * providers: all that are configured: for each channel, one or two for live calls and one for a
 * replay. A channel that cannot be used in a lane has none there.
 *
 * On the loop's thread.
 */
#ifndef NOTIFY_PROVIDERS_H
#define NOTIFY_PROVIDERS_H

#include "provider.h"

enum { PROVIDERS_MOST = CHANNELS * WAYS };

struct providers {
    size_t count;
    struct provider *at[PROVIDERS_MOST];
};

/* What a provider is to be given now (route.h). A repetition of a message that a provider may have
 * belongs to that one if it can be asked whether it has it; once it was asked and gave no answer,
 * to the other. One that cannot be asked may be the one that loses messages: the repetition belongs
 * to the other while that is well, and once the other failed too to whichever takes it. */
struct providers_share {
    size_t room;
    bool only_own;  /* repetitions that belong to it, and nothing else */
    bool other_too; /* the other provider takes those that belong to it: they are left for it */
    bool asked, other_asked; /* it, and the other, can be asked */
};

/* settings must stay. 0, or ERR_NOMEM with none open. */
int providers_open(struct providers *providers, uv_loop_t *loop, const struct settings *settings,
                   const struct provider_hooks *hooks);
/* The channel's other provider for live calls, or NULL. */
struct provider *providers_other(const struct providers *providers,
                                 const struct provider *provider);
/* How many messages the provider is to be given, and which. After room 0 ready will be called, or
 * what the other provider does decides. */
void providers_share(const struct providers *providers, struct provider *provider, bool urgent,
                     struct providers_share *share);
void providers_hurry(struct providers *providers);
/* As provider_close; none is left. */
void providers_close(struct providers *providers);

#endif
