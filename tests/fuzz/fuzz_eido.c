/* EIDO JSON, and the PIDF-LO inside it, which is the input itself after a first octet 'X'. */
#include "eido.h"
#include "fuzz.h"
#include "pidf.h"
#include "utf8.h"

#include <math.h>
#include <string.h>

static void one_pidf(const char *xml, size_t size)
{
    struct pidf pidf;

    pidf_read(&pidf, xml, size);
    fuzz_require(isnan(pidf.latitude) == isnan(pidf.longitude), "a point has both coordinates");
    fuzz_require(isnan(pidf.latitude) ||
                     (fabs(pidf.latitude) <= 90.0 && fabs(pidf.longitude) <= 180.0),
                 "a point is on Earth");
    fuzz_require(strlen(pidf.address) < sizeof(pidf.address) &&
                     strlen(pidf.municipality) < sizeof(pidf.municipality),
                 "texts end");
}

static void one_document(const char *json, size_t size)
{
    static struct event event;
    struct event_dropped dropped = {0};
    struct error error = {0};
    int err = eido_decode(&event, json, size, FUZZ_NOW, &dropped, &error);

    if (err) {
        fuzz_check_error(err, &error);
        return;
    }
    fuzz_check_event(&event);
    fuzz_require(*event.incident != '\0' && strcmp(event.incident, "0") != 0,
                 "an incident has a number");
    for (size_t i = 0; i < event.units.count; i++)
        fuzz_require(!strchr(event.units.item[i].id, '@'), "a unit is no e-mail address");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 'X')
        one_pidf((const char *)data + 1, size - 1);
    else
        one_document((const char *)data, size);
    return 0;
}
