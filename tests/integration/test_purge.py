"""The cost of a purge of the holding area depends on what it purges, not on how much is held: no plan reads
a whole table. PostgreSQL counts the rows within the transaction, so nothing depends on speed."""

import pytest

INCIDENTS = """insert into agency.incident (agency_id, incident_no, status, mode, first_at, first_epoch, first_seq,
                   version_at, version_epoch, version_seq, arrived_at)
               select %(agency)s, 'I-' || n, 1, 1, now(), 1, n, now(), 1, n,
                      now() - case when n <= 240 then interval '25 h' else interval '1 h' end
                 from generate_series(1, %(incidents)s) n"""
EVENTS = """insert into agency.event (stream_no, seq, agency_id, incident_no, kind, mode, occurred_at, epoch, content_id)
            select %(stream)s, 3 * n + k, %(agency)s, 'I-' || n, 1, 1, now() - n * interval '1 s' + k * interval '1 ms', 1,
                   md5(n || '/' || k)::uuid
              from generate_series(1, %(incidents)s) n, generate_series(0, 2) k"""
WAITING = """insert into agency.event (stream_no, seq, agency_id, incident_no, kind, mode, occurred_at, epoch, content_id,
                 received_at, report_numbers)
             select %(stream)s, 10000000 + n, %(agency)s, null, 6, 1, now(), 1, md5('w' || n)::uuid,
                    now() - case when n <= 100 then interval '40 d' else interval '1 d' end, array['R-' || n]
               from generate_series(1, %(incidents)s / 10) n"""
READ = """select coalesce(sum(seq_tup_read), 0)::int, coalesce(sum(idx_tup_fetch), 0)::int from pg_stat_xact_user_tables
           where schemaname in ('agency', 'district')"""


def fill(pg, incidents):
    metro = pg.agency("metro")
    stream = pg.one("insert into agency.stream (agency_id, stream_id, epoch, mode, high) "
                    "values (%s, gen_random_uuid(), 1, 'live', 20000000) returning stream_no", metro.id)
    session = pg.session()
    with session, session.cursor() as cursor:
        for sql in (INCIDENTS, EVENTS, WAITING):
            cursor.execute(sql, {"agency": metro.id, "stream": stream, "incidents": incidents})
    session.close()
    # The planner's statistics are from before this hour's arrivals, as they are for a growing table.
    pg.execute("analyze agency.incident")
    pg.execute("analyze agency.event")


def cost(pg, sql):
    """The statement's result, and the rows read by sequential scans and by index, in one transaction."""
    session = pg.session("intake")
    try:
        with session, session.cursor() as cursor:
            cursor.execute(sql)
            answer = cursor.fetchall()
            cursor.execute(READ)
            return answer, *cursor.fetchone()
    finally:
        session.close()


@pytest.mark.parametrize("incidents", [1700, 33000])
def test_purge_reads_what_it_purges_and_no_more(pg, incidents):
    fill(pg, incidents)
    answer, whole, by_key = cost(pg, "select agency.purge_holding('24 h', 5000)")
    assert answer == [(240,)]
    assert whole == 0, "no table is read whole"
    assert by_key < 240 * 20
    assert pg.one("select count(*) from agency.event where incident_no is not null") == 3 * (incidents - 240)
    assert pg.one("select sum(length(replace(bits::text, '0', ''))) from agency.absent") == 720
    assert cost(pg, "select agency.purge_holding('24 h', 5000)")[0] == [(0,)]


@pytest.mark.parametrize("incidents", [1700, 33000])
def test_outcomes_whose_wait_is_over_are_found_by_their_time(pg, incidents):
    fill(pg, incidents)
    answer, whole, by_key = cost(pg, "select * from agency.expire_outcomes('30 d', 5000)")
    assert answer == [("metro", 100)]
    assert whole <= 1, "no table but that of the agencies"
    assert by_key < 100 * 20


def test_purge_of_streams_reads_no_table_whole_but_streams(pg):
    fill(pg, 1700)
    pg.execute("update agency.stream set created_at = now() - interval '9 d', heard_at = null")
    assert cost(pg, "select agency.purge_streams(1000)")[0] == [(0,)], "it holds a mark"
