/*
 * Quotas: in whatever order sessions come, use their credit, fall idle and end, the sum of all
 * credit stays within the pool. Rates delay credit. Connections are counted.
 */
#include "services/intake/session/quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BUDGET = 8 << 20, MANY = 1000 };
#define SECOND 1000000LL

static struct quotas quotas;
static struct sessions sessions;
static struct session *session[MANY];

static int setup(void **state)
{
    (void)state;
    memset(&quotas, 0, sizeof quotas);
    memset(&sessions, 0, sizeof sessions);
    memset(session, 0, sizeof session);
    quotas.pool.budget = BUDGET;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    while (sessions.by_id)
        sessions_forget(&sessions, sessions.by_id);
    bool clean = quotas.pool.promised == 0;
    quotas_free(&quotas);
    return clean ? 0 : -1;
}

static struct session *open_session(int i, int agency)
{
    char id[16];
    int size = snprintf(id, sizeof id, "%d", i);

    session[i] = sessions_add(&sessions, id, (size_t)size);
    assert_non_null(session[i]);
    quota_open(&quotas, quotas_get(&quotas, agency), session[i]);
    session[i]->state = SESSION_OPEN;
    quota_first(session[i]);
    return session[i];
}

/* Opens a session as if a quarter of the pool was already promised. */
static struct session *open_small(int i, int agency)
{
    struct session *one = open_session(i, agency);

    one->window = one->limit = CREDIT_FIRST;
    quota_note(one);
    return one;
}

/* Sends as much as its credit allows. */
static void use_all(struct session *one, int64_t now)
{
    if (one->limit > one->spent)
        quota_spend(one, (uint32_t)(one->limit - one->spent), now);
}

static void answer_all(struct session *one)
{
    one->settled = one->spent;
    quota_note(one);
}

static void grow(struct session *one, int turns, int64_t now)
{
    for (int i = 0; i < turns; i++) {
        use_all(one, now);
        answer_all(one);
        quota_raise(one, now);
    }
}

static void must_fit(void)
{
    uint64_t promised = 0;

    for (int i = 0; i < MANY; i++)
        if (session[i])
            promised += session[i]->limit - session[i]->settled;
    assert_int_equal(promised, quotas.pool.promised);
    assert_true(promised <= BUDGET);
}

static void test_one_session_that_uses_its_credit_soon_has_an_eighth(void **state)
{
    (void)state;
    struct session *one = open_session(0, 1);
    assert_int_equal(one->limit, CREDIT_AMPLE);
    grow(one, 12, SECOND);
    assert_int_equal(one->limit - one->settled, BUDGET / CREDIT_PARTS);
    must_fit();
}

static void test_late_sessions_never_take_the_pool_over_its_budget(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++) {
        grow(open_session(i, i + 1), 12, SECOND); /* each has the most it can get, and keeps it */
        must_fit();
    }
}

static void test_any_order_of_use_and_answer_stays_within_the_budget(void **state)
{
    (void)state;
    unsigned seed = 4711;
    for (int i = 0; i < MANY; i++)
        open_session(i, i % 7 + 1);
    for (int turn = 0; turn < 200000; turn++) {
        struct session *one = session[(unsigned)rand_r(&seed) % MANY];

        switch (rand_r(&seed) % 3) {
        case 0:
            use_all(one, SECOND);
            break;
        case 1:
            answer_all(one);
            break;
        default:
            quota_raise(one, SECOND);
        }
        if (turn % 1000 == 0)
            must_fit();
    }
    must_fit();
}

static void test_all_that_send_at_once_get_about_the_same(void **state)
{
    (void)state;
    uint64_t least = BUDGET, most = 0;
    for (int i = 0; i < 20; i++)
        grow(open_session(i, i + 1), 12, SECOND); /* the first ones have more */
    for (int turn = 0; turn < 60; turn++)
        for (int i = 0; i < 20; i++)
            grow(session[i], 1, SECOND);
    for (int i = 0; i < 20; i++) {
        uint64_t has = session[i]->limit - session[i]->settled;

        least = has < least ? has : least;
        most = has > most ? has : most;
    }
    assert_true(most <= 2 * least);
    assert_true(least > BUDGET / 60);
}

static void test_agency_of_many_sessions_has_a_quarter(void **state)
{
    (void)state;
    for (int i = 0; i < 500; i++)
        grow(open_session(i, 1), 12, SECOND);
    assert_true(quotas_get(&quotas, 1)->promised <= BUDGET / CREDIT_AGENCY_PARTS);
    grow(open_session(500, 2), 12, SECOND);
    assert_int_equal(session[500]->limit - session[500]->settled, BUDGET / CREDIT_PARTS);
}

static void test_forgotten_session_counts_until_its_records_are_answered(void **state)
{
    (void)state;
    struct session *one = session_ref(open_session(0, 1));
    quota_spend(one, 1000, SECOND);
    sessions_forget(&sessions, one);
    assert_int_equal(quotas.pool.promised, 1000);
    session_unref(one);
    session[0] = NULL;
    assert_int_equal(quotas.pool.promised, 0);
}

static void test_rate_delays_credit_and_time_gives_it(void **state)
{
    (void)state;
    struct session *one = open_small(0, 1);
    one->quota->limits.records_s = 10;
    for (int i = 0; i < 10; i++)
        quota_spend(one, 400, SECOND);
    answer_all(one);
    assert_false(quota_raise(one, SECOND));
    assert_true(one->quota->delayed);
    assert_true(quota_raise(one, SECOND + 200000));
    assert_false(one->quota->delayed);
}

static void test_octets_that_are_owed_are_paid_by_time(void **state)
{
    (void)state;
    struct session *one = open_small(0, 1);
    one->quota->limits.octets_s = 1000;
    quota_spend(one, 4000, SECOND); /* exceeds the rate by three seconds */
    answer_all(one);
    assert_false(quota_raise(one, SECOND * 3));
    assert_true(quota_raise(one, SECOND * 5));
}

static void test_agency_has_so_many_connections_and_silent_ones_count_too(void **state)
{
    (void)state;
    struct quota *quota = quotas_get(&quotas, 1);
    quota->limits.connections = 5;
    for (int i = 0; i < 5; i++)
        assert_true(quota_may_connect(quota, SECOND));
    assert_false(quota_may_connect(quota, SECOND));
    assert_true(quota_may_connect(quota, SECOND * 5));
    quota->connections = 5;
    assert_false(quota_may_connect(quota, SECOND * 60));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_one_session_that_uses_its_credit_soon_has_an_eighth),
        TEST(test_late_sessions_never_take_the_pool_over_its_budget),
        TEST(test_any_order_of_use_and_answer_stays_within_the_budget),
        TEST(test_all_that_send_at_once_get_about_the_same),
        TEST(test_agency_of_many_sessions_has_a_quarter),
        TEST(test_forgotten_session_counts_until_its_records_are_answered),
        TEST(test_rate_delays_credit_and_time_gives_it),
        TEST(test_octets_that_are_owed_are_paid_by_time),
        TEST(test_agency_has_so_many_connections_and_silent_ones_count_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
