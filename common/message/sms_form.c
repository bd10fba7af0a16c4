#include "sms_form.h"

#include "sms_gsm.h"

enum { LINK_MOST = 63 }; /* an address of 44 octets, "/a/", and a token of 16 letters */

/* Letters that GSM lacks leave 70 characters in a segment, and a link takes more: two segments,
 * less a unit that a character of two may leave empty at the end of the first. */
static const struct brief_form two_wide_segments = {
    .most = 2 * UCS2_SEGMENT_JOINED - 1,
    .link_most = LINK_MOST,
    .measure = ucs2_units,
    .spell = ucs2_spell,
    .shorten = ucs2_shorten,
};

const struct brief_form sms_form = {
    .most = GSM_SEGMENT,
    .link_most = LINK_MOST,
    .measure = gsm_septets,
    .spell = gsm_transliterate,
    .shorten = gsm_shorten,
    .spells = gsm_spells,
    .other = &two_wide_segments,
};
