"""Builds events as an agency sends them."""

import datetime
import math


def ago(seconds=0.0, base=None):
    """The time this many seconds before now (or base), as RFC 3339 in UTC."""
    at = (base or datetime.datetime.now(datetime.timezone.utc)) - datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def event(incident="I-1", kind="call.received", occurred_at=None, **fields):
    """An event in Liaison's own JSON form. latitude and longitude may be given without place."""
    place = dict(fields.pop("place", {}))
    for name in ("latitude", "longitude", "address"):
        if name in fields:
            place[name] = fields.pop(name)
    body = {"kind": kind, "incident": incident, "occurred_at": occurred_at or ago(), **fields}
    if place:
        body["place"] = place
    return body


def offset(latitude, longitude, north_m=0.0, east_m=0.0):
    """The point this many metres to the north and east, on the WGS 84 ellipsoid."""
    phi = math.radians(latitude)
    a, e2 = 6378137.0, 0.00669437999014
    w = 1 - e2 * math.sin(phi) ** 2
    meridian, normal = a * (1 - e2) / w ** 1.5, a / math.sqrt(w)
    return (latitude + math.degrees(north_m / meridian),
            longitude + math.degrees(east_m / (normal * math.cos(phi))))
