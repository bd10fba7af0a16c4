/* url: which addresses can be called. */
#include "url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_an_address_has_a_host_and_a_port_that_exists(void **state)
{
    static const struct {
        const char *url, *defect; /* a part of it; NULL: it has none */
    } cases[] = {
        {"https://a.example", NULL},
        {"https://a.example/x:99999/@b", NULL},
        {"http://127.0.0.1:1", NULL},
        {"https://a.example:65535?at=1:0", NULL},
        {"imaps://a.example:993", NULL},
        {"http://[::1]", NULL},
        {"http://[::1]:8600/a", NULL},
        {"https://user:secret@a.example:443/", NULL},
        {"https://a.example:0", "port"},
        {"https://a.example:65536", "port"},
        {"https://a.example:99999/cap", "port"},
        {"https://a.example:99999999999999999999", "port"},
        {"https://a.example:", "port"},
        {"https://a.example:/x", "port"},
        {"https://a.example:80a", "port"},
        {"https://a.example:80:80", "port"},
        {"https://a.example:-1", "port"},
        {"http://[::1]:0", "port"},
        {"https://u:p@a.example:70000", "port"},
        {"https://", "host"},
        {"https://:80", "host"},
        {"https://u@", "host"},
        {"http://[::1", "host"},
        {"http://[::1]x", "port"},
        {"a.example:80", "host"},
        {"https:/a.example", "host"},
        {"", "host"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *defect = url_defect(cases[i].url);

        if (!cases[i].defect != !defect || (defect && !strstr(defect, cases[i].defect)))
            fail_msg("%s: %s", cases[i].url, defect ? defect : "no defect");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_address_has_a_host_and_a_port_that_exists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
