/* key make: a CURVE pair for intake itself; agency keys come from agency add. */
#include "commands.h"
#include "key_file.h"
#include "out.h"

#include <sodium.h>
#include <zmq.h>

int cmd_key_make(struct ctl *ctl, const struct ctl_args *args)
{
    char public_key[KEY_SIZE], secret[KEY_SIZE];
    int err;

    if (zmq_curve_keypair(public_key, secret) != 0)
        return error_set(&ctl->error, ERR_STATE, "", "this libzmq has no CURVE");
    err = key_file_write(args->operand[0], public_key, secret, "OUT", &ctl->error);
    sodium_memzero(secret, sizeof(secret));
    if (err)
        return err;
    return out_done(ctl,
                    json_pack("{s:s s:s}", "public_key", public_key, "key_file", args->operand[0]),
                    "%s", public_key);
}
