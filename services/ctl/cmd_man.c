/* man: the manual page of this program. */
#include "commands.h"

#include <unistd.h>

int cmd_man(struct ctl *ctl, const struct ctl_args *args)
{
    (void)args;
    if (isatty(fileno(ctl->out)))
        return error_set(&ctl->error, ERR_STATE, "",
                         "a terminal cannot show its source; man can: liaisonctl man | man -l -");
    cli_man(ctl->out);
    return 0;
}
