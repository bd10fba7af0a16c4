/* A provider: when it is down and how it comes up, and its workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "services/notify/channel/courier.h"
#include "services/notify/channel/provider.h"

#define S INT64_C(1000000)

/* Courier and provider --------------------------------------------------------------------------*/

/* A channel whose sends wait for the test: what a parcel is told to do is in its subject. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;      /* sends end */
    int begun;      /* sends that have begun */
    char order[64]; /* the first letters of what was sent */
    int done;       /* parcels that came back */
    int held;       /* of them unsent */
    int ready;      /* calls */
    int freed;
    int everybody; /* parcels that came back with this, and with the next */
    int at_once;
} stage = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void stage_reset(bool open)
{
    stage.open = open;
    stage.begun = stage.done = stage.held = stage.ready = 0;
    stage.freed = stage.everybody = stage.at_once = 0;
    memset(stage.order, 0, sizeof stage.order);
}

static void fake_send(struct transport *transport, const struct settings *settings,
                      struct parcel *parcel)
{
    (void)transport, (void)settings;
    pthread_mutex_lock(&stage.lock);
    stage.order[stage.begun++] = parcel->subject[0];
    pthread_cond_broadcast(&stage.changed);
    while (!stage.open)
        pthread_cond_wait(&stage.changed, &stage.lock);
    pthread_mutex_unlock(&stage.lock);
    parcel->went_out = true;
    parcel_judged(parcel,
                  parcel->subject[0] == 'f'   ? VERDICT_UNREACHABLE
                  : parcel->subject[0] == 'b' ? VERDICT_BUSY
                  : parcel->subject[0] == 'r' ? VERDICT_REFUSED
                  : parcel->subject[0] == 'd' ? VERDICT_DEFERRED
                                              : VERDICT_SENT,
                  "%s", "");
}

static bool fake_plan(const struct settings *settings, enum settings_way way,
                      struct provider_plan *plan)
{
    (void)settings, (void)way;
    *plan = (struct provider_plan){.name = "fake", .workers = 2, .reserved = 1};
    return true;
}

static const struct channel fake = {.name = "fake", .plan = fake_plan, .send = fake_send};
static const struct settings settings = {.timeout_s = 30,
                                         .lease_s = 90,
                                         .base_s = 1,
                                         .most_s = 900};

static struct parcel *parcel_of(const char *subject, bool urgent)
{
    struct parcel *parcel = calloc(1, sizeof *parcel);

    parcel->subject = strdup(subject);
    parcel->channel = &fake;
    parcel->urgent = urgent;
    return parcel;
}

static void wait_begun(int count)
{
    pthread_mutex_lock(&stage.lock);
    while (stage.begun < count)
        pthread_cond_wait(&stage.changed, &stage.lock);
    pthread_mutex_unlock(&stage.lock);
}

static void let_go(void)
{
    pthread_mutex_lock(&stage.lock);
    stage.open = true;
    pthread_cond_broadcast(&stage.changed);
    pthread_mutex_unlock(&stage.lock);
}

static void came_back(struct parcel *parcel)
{
    stage.done++;
    stage.held += parcel->began_at == 0;
    stage.everybody += parcel->everybody;
    stage.at_once += parcel->at_once;
    parcel_free(parcel);
}

static void courier_done_cb(void *ctx, struct parcel *parcel)
{
    (void)ctx;
    came_back(parcel);
}

static void tick_cb(uv_timer_t *tick)
{
    (void)tick;
}

/* A loop with a ticking timer: what a provider opens does not keep a loop alive. */
static void run_until(uv_loop_t *loop, const int *count, int wanted)
{
    uv_timer_t tick;

    uv_timer_init(loop, &tick);
    uv_timer_start(&tick, tick_cb, 1, 1);
    while (*count < wanted)
        uv_run(loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
}

static void test_urgent_parcels_overtake_and_have_workers_of_their_own(void **state)
{
    uv_loop_t loop;
    struct courier_options options = {.channel = &fake,
                                      .settings = &settings,
                                      .workers = 2,
                                      .reserved = 1,
                                      .patience_us = 60 * S,
                                      .done = courier_done_cb};

    (void)state;
    uv_loop_init(&loop);
    stage_reset(false);
    struct courier *courier = courier_open(&loop, &options);
    assert_non_null(courier);
    assert_int_equal(courier_room(courier, false), 2);
    assert_int_equal(courier_room(courier, true), 3);
    for (int i = 0; i < 4; i++)
        assert_int_equal(courier_send(courier, parcel_of("o", false)), 0);
    wait_begun(2);
    assert_int_equal(courier_room(courier, false), 0);
    assert_int_equal(courier_send(courier, parcel_of("U", true)), 0);
    wait_begun(3); /* although both ordinary workers hang */
    assert_int_equal(courier_send(courier, parcel_of("V", true)), 0);
    let_go();
    run_until(&loop, &stage.done, 6);
    assert_memory_equal(stage.order, "ooU", 3);
    assert_non_null(memchr(stage.order + 3, 'V', 2)); /* two workers begin at the same time */
    courier_close(courier);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_a_quick_provider_may_have_more_waiting_until_it_rests(void **state)
{
    uv_loop_t loop;
    struct courier_options options = {.channel = &fake,
                                      .settings = &settings,
                                      .workers = 2,
                                      .patience_us = 60 * S,
                                      .done = courier_done_cb};

    (void)state;
    uv_loop_init(&loop);
    stage_reset(true);
    struct courier *courier = courier_open(&loop, &options);
    for (int i = 1; i <= 8; i++) {
        assert_int_equal(courier_send(courier, parcel_of("o", false)), 0);
        run_until(&loop, &stage.done, i);
    }
    assert_in_range(courier_room(courier, false), 2 + 3, 2 + 8);
    uv_sleep(250);
    assert_int_equal(courier_room(courier, false), 2 + 2);
    courier_close(courier);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_none_waits_for_a_provider_that_takes_longer_than_it_may_wait(void **state)
{
    uv_loop_t loop;
    struct courier_options options = {.channel = &fake,
                                      .settings = &settings,
                                      .workers = 2,
                                      .patience_us = S / 20,
                                      .done = courier_done_cb};

    (void)state;
    uv_loop_init(&loop);
    stage_reset(true);
    struct courier *courier = courier_open(&loop, &options);
    assert_int_equal(courier_room(courier, false), 2); /* nobody knows yet */
    assert_int_equal(courier_send(courier, parcel_of("o", false)), 0);
    run_until(&loop, &stage.done, 1);
    assert_int_equal(courier_room(courier, false), 2 + 2);
    stage_reset(false);
    assert_int_equal(courier_send(courier, parcel_of("o", false)), 0);
    wait_begun(1);
    uv_sleep(100);
    let_go();
    run_until(&loop, &stage.done, 1);
    assert_int_equal(courier_room(courier, false), 2);
    courier_close(courier);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_a_parcel_that_waits_too_long_comes_back_while_the_worker_hangs(void **state)
{
    uv_loop_t loop;
    struct courier_options options = {.channel = &fake,
                                      .settings = &settings,
                                      .workers = 1,
                                      .patience_us = S / 20,
                                      .done = courier_done_cb};

    (void)state;
    uv_loop_init(&loop);
    stage_reset(false);
    struct courier *courier = courier_open(&loop, &options);
    assert_int_equal(courier_send(courier, parcel_of("a", false)), 0);
    wait_begun(1);
    assert_int_equal(courier_send(courier, parcel_of("b", false)), 0);
    run_until(&loop, &stage.done, 1);
    assert_int_equal(stage.held, 1);
    let_go();
    run_until(&loop, &stage.done, 2);
    assert_string_equal(stage.order, "a");
    courier_close(courier);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void provider_done_cb(void *ctx, struct provider *provider, struct parcel *parcel)
{
    (void)ctx, (void)provider;
    came_back(parcel);
}

static void provider_ready_cb(void *ctx, struct provider *provider)
{
    (void)ctx, (void)provider;
    stage.ready++;
}

static void provider_freed_cb(void *ctx, struct provider *provider)
{
    (void)ctx, (void)provider;
    stage.freed++;
}

static const struct provider_hooks hooks = {.done = provider_done_cb,
                                            .ready = provider_ready_cb,
                                            .freed = provider_freed_cb};

static struct provider *open_provider(uv_loop_t *loop, bool open)
{
    uv_loop_init(loop);
    stage_reset(open);
    return provider_open(loop, &settings, &fake, WAY_FIRST, &hooks);
}

static void close_provider(uv_loop_t *loop, struct provider *provider)
{
    provider_close(provider);
    uv_run(loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(loop), 0);
}

static void test_what_waits_for_a_provider_that_goes_down_comes_back_unsent(void **state)
{
    uv_loop_t loop;
    struct provider *provider = open_provider(&loop, false);
    struct provider_state now;

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(provider_send(provider, parcel_of("f", false)), 0);
    wait_begun(2);
    let_go();
    run_until(&loop, &stage.done, 4);
    assert_int_equal(stage.held, 2);
    assert_int_equal(provider_room(provider, false), 0);
    provider_state(provider, &now);
    assert_false(now.up);
    assert_int_equal(now.reason, REASON_UNREACHABLE);
    assert_true(now.next_probe >= now.since);
    close_provider(&loop, provider);
}

static void test_a_provider_that_is_down_takes_one_probe_and_opens_by_its_success(void **state)
{
    uv_loop_t loop;
    struct provider *provider = open_provider(&loop, true);
    struct provider_state now;

    (void)state;
    assert_int_equal(provider_send(provider, parcel_of("f", false)), 0);
    run_until(&loop, &stage.done, 1);
    assert_int_equal(provider_room(provider, false), 0);
    run_until(&loop, &stage.ready, 1); /* a second later, it says so */
    assert_int_equal(provider_room(provider, false), 1);
    assert_int_equal(provider_send(provider, parcel_of("o", false)), 0);
    assert_int_equal(provider_room(provider, false), 0);
    run_until(&loop, &stage.done, 2);
    assert_int_equal(provider_room(provider, false), 4);
    provider_state(provider, &now);
    assert_true(now.up);
    close_provider(&loop, provider);
}

static void test_a_recipient_who_refuses_takes_no_provider_down(void **state)
{
    uv_loop_t loop;
    struct provider *provider = open_provider(&loop, true);

    (void)state;
    assert_int_equal(provider_send(provider, parcel_of("r", false)), 0);
    run_until(&loop, &stage.done, 1);
    assert_int_equal(provider_room(provider, false), 4);
    close_provider(&loop, provider);
}

static void test_a_provider_that_is_busy_is_up_and_rests(void **state)
{
    uv_loop_t loop;
    struct provider *provider = open_provider(&loop, true);
    struct provider_state now;

    (void)state;
    assert_int_equal(provider_send(provider, parcel_of("b", false)), 0);
    run_until(&loop, &stage.done, 1);
    assert_int_equal(provider_room(provider, true), 0);
    provider_state(provider, &now);
    assert_true(now.up);
    close_provider(&loop, provider);
}

static void send_to(struct provider *provider, const char *subject, const char *to)
{
    struct parcel *parcel = parcel_of(subject, false);

    parcel->to = strdup(to);
    assert_int_equal(provider_send(provider, parcel), 0);
}

static void test_a_provider_that_defers_everybody_is_not_up_and_takes_all_the_same(void **state)
{
    uv_loop_t loop;
    struct provider *provider = open_provider(&loop, true);
    struct provider_state now;
    int sent = 0;

    (void)state;
    while (!provider_defers(provider)) { /* for base_s */
        send_to(provider, "d", sent % 3 == 0 ? "a@x" : sent % 3 == 1 ? "b@x" : "c@x");
        run_until(&loop, &stage.done, ++sent);
        assert_int_equal(provider_room(provider, false) > 0, 1);
        uv_sleep(50);
    }
    assert_in_range(sent, 10, 60);
    assert_int_equal(stage.everybody, 1);
    assert_int_equal(stage.freed, 0);
    provider_state(provider, &now);
    assert_false(now.up);
    assert_int_equal(now.reason, REASON_DEFERRED);
    assert_int_equal(now.next_probe, 0);
    stage_reset(false);
    send_to(provider, "o", "a@x");
    send_to(provider, "d", "b@x"); /* is on its way by then */
    wait_begun(2);
    let_go();
    run_until(&loop, &stage.done, 2);
    assert_int_equal(stage.freed, 1);
    assert_true(provider_is_up(provider));
    assert_int_equal(stage.everybody + stage.at_once, 1);
    close_provider(&loop, provider);
}

static void test_one_recipient_who_is_deferred_takes_no_provider_down(void **state)
{
    uv_loop_t loop;
    struct provider *provider = open_provider(&loop, true);

    (void)state;
    for (int sent = 1; sent <= 30; sent++) {
        send_to(provider, "d", "a@x");
        run_until(&loop, &stage.done, sent);
        uv_sleep(50);
    }
    assert_true(provider_is_up(provider));
    close_provider(&loop, provider);
}

static void test_closing_frees_what_is_still_out(void **state)
{
    uv_loop_t loop;
    struct provider *provider = open_provider(&loop, true);

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(provider_send(provider, parcel_of("o", false)), 0);
    close_provider(&loop, provider);
    assert_int_equal(stage.done, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urgent_parcels_overtake_and_have_workers_of_their_own),
        cmocka_unit_test(test_a_quick_provider_may_have_more_waiting_until_it_rests),
        cmocka_unit_test(test_none_waits_for_a_provider_that_takes_longer_than_it_may_wait),
        cmocka_unit_test(test_a_parcel_that_waits_too_long_comes_back_while_the_worker_hangs),
        cmocka_unit_test(test_what_waits_for_a_provider_that_goes_down_comes_back_unsent),
        cmocka_unit_test(test_a_provider_that_is_down_takes_one_probe_and_opens_by_its_success),
        cmocka_unit_test(test_a_recipient_who_refuses_takes_no_provider_down),
        cmocka_unit_test(test_a_provider_that_is_busy_is_up_and_rests),
        cmocka_unit_test(test_a_provider_that_defers_everybody_is_not_up_and_takes_all_the_same),
        cmocka_unit_test(test_one_recipient_who_is_deferred_takes_no_provider_down),
        cmocka_unit_test(test_closing_frees_what_is_still_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
