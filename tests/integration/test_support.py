"""The support library itself: a database with the schema, and waits that end."""

import pytest

from liaison import offset, wait_until


def test_fresh_database_has_the_schema_and_nothing_else(pg):
    assert pg.one("select count(*) from liaison.schema_version") >= 6
    assert pg.one("select count(*) from agency.event") == 0


def test_service_role_cannot_read_another_services_tables(pg):
    with pytest.raises(Exception, match="permission denied"):
        pg.rows("select * from people.person", role="intake")


def test_crashed_cluster_comes_back_with_what_was_committed(cluster, pg):
    pg.agency("metro")
    cluster.crash()
    cluster.start()
    assert pg.one("select count(*) from agency.agency where slug = 'metro'") == 1


def test_waiting_for_what_does_not_come_fails():
    with pytest.raises(AssertionError, match="never"):
        wait_until(lambda: False, 0.05, "never")


def test_offset_of_a_hundred_metres_is_a_hundred_metres():
    north, _ = offset(47.6, -122.3, north_m=1111.8)
    assert abs(north - 47.61) < 0.00001
