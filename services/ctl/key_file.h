/*
 * key_file: a CURVE pair in a file of mode 0600, as the services read it:
 *   public = <Z85>
 *   secret = <Z85>
 */
#ifndef LIAISON_CTL_KEY_FILE_H
#define LIAISON_CTL_KEY_FILE_H

#include "errors.h"

enum { KEY_SIZE = 41 }; /* Z85 of 32 octets, and NUL */

/* Never overwrites: a key that is lost cannot be made again. field is the operand or option that
 * gave the path, for the error. */
int key_file_write(const char *path, const char *public_key, const char *secret, const char *field,
                   struct error *error);

#endif
