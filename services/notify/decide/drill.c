#include "drill.h"

#include <stdlib.h>

static bool waits(const struct drill_input *in, int contact_id, const struct channel *channel)
{
    for (size_t i = 0; i < in->waiting_count; i++)
        if (in->waiting[i].contact_id == contact_id && in->waiting[i].channel == channel)
            return true;
    return false;
}

static void tell(const struct drill_input *in, const struct contact *contact, struct plan *plan)
{
    for (size_t c = 0; c < CHANNELS; c++) {
        int64_t due_us = quiet_until(&contact->quiet, in->now_us);

        if (!(contact->channels & in->available & channels[c]->bit) ||
            (in->exists && !waits(in, contact->contact_id, channels[c])))
            continue;
        plan->wishes[plan->wish_count++] = (struct wish){.contact_id = contact->contact_id,
                                                         .channel = channels[c],
                                                         .step = contact->step,
                                                         .lane = LANE_DRILL,
                                                         .kind = MESSAGE_FIRST,
                                                         .due_us = due_us,
                                                         .held = due_us > in->now_us};
    }
}

int drill_plan(const struct drill_input *in, struct plan *plan)
{
    *plan = (struct plan){.act = in->exists ? PLAN_UPDATE : PLAN_OPEN,
                          .acks = 1,
                          .state = "closed",
                          .why = REASON_NO_RULE};
    plan->wishes = calloc(in->contact_count * CHANNELS + 1, sizeof *plan->wishes);
    if (!plan->wishes)
        return ERR_NOMEM;
    for (size_t i = 0; i < in->contact_count; i++)
        tell(in, &in->contacts[i], plan);
    return 0;
}
