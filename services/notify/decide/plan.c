#include "plan.h"

#include <stdlib.h>

void plan_free(struct plan *plan)
{
    free(plan->said);
    free(plan->content);
    free(plan->opening);
    free(plan->told);
    *plan = (struct plan){.act = PLAN_NOTHING};
}
