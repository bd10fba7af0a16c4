#include "escalate.h"

enum { WAVES = 9 };

static unsigned reached_by(const struct contact *contact, enum facts_sensitivity sensitivity,
                           const struct verdict *verdict, unsigned available)
{
    if (!contact_may_hear(contact, sensitivity))
        return 0;
    return contact->channels & verdict->channels & available;
}

size_t escalate_plan(const struct contact *contacts, size_t count,
                     enum facts_sensitivity sensitivity, const struct verdict *verdict,
                     unsigned available, bool only_now, struct telling *told)
{
    size_t made = 0;
    int step = 0; /* waves that are not empty, so far */

    for (int wave = 1; wave <= WAVES; wave++) {
        size_t before = made;
        for (size_t i = 0; i < count; i++) {
            if (contacts[i].wave != wave)
                continue;
            unsigned by = reached_by(&contacts[i], sensitivity, verdict, available);
            for (size_t c = 0; c < CHANNELS; c++)
                if (by & channels[c]->bit)
                    told[made++] = (struct telling){.contact_id = contacts[i].contact_id,
                                                    .channel = channels[c],
                                                    .wave = step + 1,
                                                    .delay_s = step * verdict->escalate_s};
        }
        if (made > before)
            step++;
        if (only_now && step > 0)
            break;
    }
    return made;
}
