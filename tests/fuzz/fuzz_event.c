/* Our own JSON form: whatever comes in, what goes on is clean, and what is refused is named. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct event event;
    struct event_dropped dropped = {0};
    struct fault fault = {0};
    int err = event_decode(&event, (const char *)data, size, FUZZ_NOW, &dropped, &fault);

    if (err) {
        fuzz_check_fault(err, &fault);
        fuzz_require(!*fault.field || fault.field[0] != '.', "the field is a path");
    } else {
        fuzz_check_event(&event);
    }
    return 0;
}
