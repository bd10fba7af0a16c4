#include "cookie.h"

#include "errors.h"

#include <string.h>

int cookie_get(const char *header, const char *name, char *out, size_t size)
{
    size_t name_size = strlen(name);
    const char *at = header;

    while (*at != '\0') {
        at += strspn(at, " \t;");
        size_t pair = strcspn(at, ";");
        if (pair > name_size && at[name_size] == '=' && strncmp(at, name, name_size) == 0) {
            const char *value = at + name_size + 1;
            size_t length = pair - name_size - 1;
            while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t'))
                length--;
            if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
                value++;
                length -= 2;
            }
            if (length >= size)
                return ERR_SIZE;
            memcpy(out, value, length);
            out[length] = '\0';
            return 0;
        }
        at += pair;
    }
    return ERR_ABSENT;
}
