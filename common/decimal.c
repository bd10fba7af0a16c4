#include "decimal.h"

#include <inttypes.h>
#include <stdio.h>

struct decimal decimal(int64_t value)
{
    struct decimal out;

    snprintf(out.text, sizeof out.text, "%" PRId64, value);
    return out;
}
