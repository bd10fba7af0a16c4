#include "plan.h"

#include <stdlib.h>

void plan_free(struct plan *plan)
{
    free(plan->wishes);
    *plan = (struct plan){.act = PLAN_NOTHING};
}
