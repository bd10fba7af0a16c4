"""Exports of many shapes for --guess, each with the mapping that is right for it.

The layouts are those of dispatch systems and of cities' open data; every value is made here. A
layout has one line for each column:

    name | maker | target

The maker says what stands in the column (see MAKERS), with `~WORD/N` behind it where each N-th value
is WORD instead. The target says what the column is in the right mapping: nothing (left out), or fields
with commas between; `key` is the incident number; `field[2]` is the second part of a join;
`field<after ( before ,>` a split; `field?` one of several columns that are right as well.

The halves: half_of(name) is "tuned" or "held", by a hash of the name. The rules were made while
looking at the tuned half; the held half was first looked at when they were done.
"""

import datetime
import hashlib
import re

ROWS = 40
BEGAN = datetime.datetime(2026, 3, 20, 8, 0, 0)
EPOCH = datetime.datetime(1970, 1, 1)
TYPES = ["WELFARE CHECK", "THEFT", "FIGHT", "TRAFFIC STOP", "ALARM", "DOMESTIC DISTURBANCE", "SUSPICIOUS PERSON"]
CODES = ["415", "459", "1183", "FDTY", "10-50", "SIG21", "T1"]
STREETS = ["MAIN", "OAK", "PINE", "ELM", "CEDAR"]
SUFFIXES = ["ST", "AVE", "RD", "DR", "BLVD"]
CITIES = ["SALEM", "SALEM", "WESTFIELD", "NEWTON"]
STAFF = ["ROE, A", "DOE, B", "ZENDA, C", "HENTZAU, D"]
NAMES = ["Zenda Rassendyll", "Flavia Elphberg", "Rupert Hentzau"]


def at(i, more=0):
    """Calls come 31 minutes and 7 seconds apart, over a day and a bit."""
    return BEGAN + datetime.timedelta(minutes=31 * i + more, seconds=7 * i)


def address(i):
    return f"{100 + 37 * i % 900} {STREETS[i % 5]} {SUFFIXES[i % 4]}"


def days(when):
    return (when - datetime.datetime(1899, 12, 30)).total_seconds() / 86400


def written(when, form):
    """As strftime; %-m and the like are taken, %q is milliseconds of zero."""
    return when.strftime(form).upper() if "%b" in form else when.strftime(form)


MAKERS = {
    "no": lambda i, form: form % (1000 + i),
    "t": lambda i, form: written(at(i, int(form.rpartition("+")[2])), form.rpartition("+")[0]),
    "type": lambda i, _: TYPES[i * 5 % 7],
    "type2": lambda i, _: TYPES[(i * 5 + (i % 6 == 0)) % 7],
    "code": lambda i, _: CODES[i * 5 % 7],
    "prio": lambda i, form: f"{form}{1 + i % 4}",
    "dispo": lambda i, _: ["RPT", "NAT", "GOA", "ARR"][i * 3 % 4],
    "dispotext": lambda i, _: ["Report Taken", "No Action Taken", "Gone On Arrival", "Arrest Made"][i * 3 % 4],
    "address": lambda i, _: address(i),
    "home": lambda i, _: f"{9 + 13 * i % 700} {STREETS[(i + 2) % 5]} LN",
    "block": lambda i, _: f"{100 + 100 * (i % 30)} BLOCK {STREETS[i % 5]} {SUFFIXES[i % 4]}",
    "blockno": lambda i, _: str(100 * (1 + i % 30)),
    "crossing": lambda i, _: f"{STREETS[i % 5]} {SUFFIXES[i % 4]} / {STREETS[(i + 1) % 5]} {SUFFIXES[(i + 1) % 4]}",
    "number": lambda i, _: str(100 + 37 * i % 900),
    "prefix": lambda i, _: ["N", "S", "", "W"][i % 4],
    "post": lambda i, _: ["", "NE", "", ""][i % 4],
    "street": lambda i, _: STREETS[i % 5],
    "suffix": lambda i, _: SUFFIXES[i % 4],
    "streetname": lambda i, _: f"{STREETS[i % 5]} {SUFFIXES[i % 4]}",
    "apt": lambda i, _: f"APT {i}" if i % 3 == 0 else "",
    "city": lambda i, _: CITIES[i % 4],
    "zip": lambda i, _: f"970{i % 4:02}",
    "lat": lambda i, _: f"44.94{100 + i * 7}",
    "lon": lambda i, _: f"-123.03{100 + i * 3}",
    "feet": lambda i, form: f"{int(form) + i * 131}",
    "point": lambda i, form: form % {"lat": f"44.94{100 + i * 7}", "lon": f"-123.03{100 + i * 3}"},
    "beat": lambda i, form: f"{form}{1 + i % 6}",
    "unit": lambda i, _: f"{1 + i % 3}A{10 + i % 9}",
    "units": lambda i, form: form.join(f"{1 + i % 3}A{10 + (i + n) % 9}" for n in range(1 + i % 3)),
    "staff": lambda i, _: STAFF[i * 3 % 4],
    "login": lambda i, _: ["jroe", "bdoe", "czenda", "dhent"][i * 3 % 4],
    "badge": lambda i, _: str(4100 + i * 3 % 11),
    "name": lambda i, _: NAMES[i % 3],
    "phone": lambda i, _: f"503-555-{100 + i:04}",
    "prose": lambda i, _: f"Caller says that the neighbour's dog number {i} is out again and barks all day",
    "excel": lambda i, more: f"{days(at(i, int(more))):.9f}",
    "epoch": lambda i, more: str(int((at(i, int(more)) - EPOCH).total_seconds())),
    "ms": lambda i, more: f"{int((at(i, int(more)) - EPOCH).total_seconds())}000",
    "minutes": lambda i, _: f"{3 + i % 17}.{i % 10}",
    "span": lambda i, _: f"00:{3 + i % 17:02}:{i % 60:02}",
    "is": lambda i, form: form,
    "one": lambda i, form: form.split("/")[i % len(form.split("/"))],
    "n": lambda i, _: str(1 + i),
}

CASES = {}


def case(name, layout, **settings):
    CASES[name] = (layout, settings)


US = "%m/%d/%Y %H:%M:%S"
US12 = "%m/%d/%Y %I:%M:%S %p"

case("tyler-new-world", f"""
CFS Number           | no:2026-%06d | key
Create Date/Time     | t:{US12}+0   | times.received
Call Type            | type         | call_type
Priority             | prio:        | priority
Location             | address      | place.address
City                 | city         | place.municipality
Dispatched Date/Time | t:{US12}+2   | times.dispatched
Enroute Date/Time    | t:{US12}+3   | times.en_route
Arrived Date/Time    | t:{US12}+9   | times.on_scene
Cleared Date/Time    | t:{US12}+30  | occurred_at, times.cleared
Disposition          | dispotext    | dispositions[0].code
Primary Unit         | unit         | units[0].id
Beat                 | beat:B       | place.beat
""", format="%m/%d/%Y %I:%M:%S %p")

case("motorola-premierone", f"""
Incident Number       | no:P26%07d  | key
Initial Incident Type | type        | call_type
Final Incident Type   | type2       | final_type
Priority              | prio:P      | priority
Location              | address     | place.address
Beat                  | beat:1      | place.beat
Call Received Time    | t:{US}+0    | times.received
Call Dispatched Time  | t:{US}+2    | times.dispatched
Call On Scene Time    | t:{US}+9    | times.on_scene
Call Closed Time      | t:{US}+40   | occurred_at, times.closed
Disposition           | dispo       | dispositions[0].code
Primary Officer       | staff       |
Call Taker            | login       |
""", format=US)

case("hexagon", """
Event Number      | no:PD26%06d             | key
Add Datetime      | t:%Y-%m-%d %H:%M:%S+0   | times.received
Dispatch Datetime | t:%Y-%m-%d %H:%M:%S+2   | times.dispatched
Arrive Datetime   | t:%Y-%m-%d %H:%M:%S+9   | times.on_scene
Close Datetime    | t:%Y-%m-%d %H:%M:%S+40  | occurred_at, times.closed
Event Type        | type                    | call_type
Event Subtype     | one:DEF/PRG/RPT         |
Priority          | prio:                   | priority
Address           | address                 | place.address
Municipality      | city                    | place.municipality
Dispo Code        | dispo                   | dispositions[0].code
Term              | one:cad1/cad2           |
Operator ID       | badge                   |
""", format="%Y-%m-%d %H:%M:%S")

case("centralsquare-inform", """
Master_Incident_Number   | no:26-%06d             | key
Response_Date            | t:%Y-%m-%d %H:%M:%S.000+0 |
Problem                  | type                   | call_type
Priority_Number          | prio:                  | priority
Address                  | address                | place.address
City                     | city                   | place.municipality
Latitude                 | lat                    | place.latitude
Longitude                | lon                    | place.longitude
Time_PhonePickUp         | t:%Y-%m-%d %H:%M:%S.000+0 | times.received
Time_First_Unit_Assigned | t:%Y-%m-%d %H:%M:%S.000+2 | times.dispatched
Time_First_Unit_Enroute  | t:%Y-%m-%d %H:%M:%S.000+3~NULL/5 | times.en_route
Time_First_Unit_Arrived  | t:%Y-%m-%d %H:%M:%S.000+9~NULL/4 | times.on_scene
Time_CallClosed          | t:%Y-%m-%d %H:%M:%S.000+40 | occurred_at, times.closed
Call_Disposition         | dispotext              | dispositions[0].code
MethodOfCallRcvd         | one:911/PHONE/RADIO    |
CallTaking_Performed_By  | staff                  |
""", format="%Y-%m-%d %H:%M:%S.000", null="NULL")

case("spillman", """
Call Number    | no:26C%05d                | key
Reported       | t:%H:%M:%S %m/%d/%Y+0     | occurred_at, times.received
Nature         | type                      | call_type
Address        | address                   | place.address
City           | one:SAL/WES/NEW           | place.municipality
Area           | beat:A                    | place.beat
Disposition    | one:ACT/CLO/UNF           | dispositions[0].code
Resp Officer   | staff                     |
How Received   | one:T/R/9                 |
""", format="%H:%M:%S %m/%d/%Y")

case("mark43", """
cad_event_number             | no:26-%05d               | key
event_start_utc              | t:%Y-%m-%dT%H:%M:%SZ+0   | times.received
event_type                   | type                     | call_type
event_priority_code          | prio:                    | priority
street_address               | address                  | place.address
first_unit_dispatch_date_utc | t:%Y-%m-%dT%H:%M:%SZ+2   | times.dispatched
first_unit_arrival_date_utc  | t:%Y-%m-%dT%H:%M:%SZ+9   | times.on_scene
event_closed_date_utc        | t:%Y-%m-%dT%H:%M:%SZ+40  | occurred_at, times.closed
event_disposition            | dispotext                | dispositions[0].code
created_by                   | login                    |
updated_date_utc             | t:%Y-%m-%dT%H:%M:%SZ+90  |
""", format="rfc3339")

case("versadex", """
GO_NUMBER          | no:2026-%05d   | report_numbers[0]
CAD_NUMBER         | no:P2026%06d   | key
RECEIVED_DATE      | t:%Y-%m-%d+0   | times.received[1]
RECEIVED_TIME      | t:%H:%M:%S+0   | times.received[2]
INITIAL_CALL_TYPE  | type           | call_type
FINAL_CALL_TYPE    | type2          | final_type
DISPATCH_DATE      | t:%Y-%m-%d+2   | times.dispatched[1]
DISPATCH_TIME      | t:%H:%M:%S+2   | times.dispatched[2]
ARRIVE_DATE        | t:%Y-%m-%d+9   | times.on_scene[1]
ARRIVE_TIME        | t:%H:%M:%S+9   | times.on_scene[2]
CLEARED_DATE       | t:%Y-%m-%d+40  | occurred_at[1], times.cleared[1]
CLEARED_TIME       | t:%H:%M:%S+40  | occurred_at[2], times.cleared[2]
DISPOSITION        | dispo          | dispositions[0].code
LOCATION           | address        | place.address
""", format="%Y-%m-%d %H:%M:%S")

case("socrata-san-francisco", """
CAD Number                     | no:26079%04d             | key
Received DateTime              | t:%Y/%m/%d %I:%M:%S %p+0 | times.received
Dispatch DateTime              | t:%Y/%m/%d %I:%M:%S %p+2 | times.dispatched
Enroute DateTime               | t:%Y/%m/%d %I:%M:%S %p+3 | times.en_route
Onscene DateTime               | t:%Y/%m/%d %I:%M:%S %p+9 | times.on_scene
Close DateTime                 | t:%Y/%m/%d %I:%M:%S %p+40 | occurred_at, times.closed
Call Type Original             | code                     |
Call Type Original Description | type                     | call_type
Call Type Final                | code                     |
Call Type Final Description    | type2                    | final_type
Priority Original              | one:A/B/C                | priority
Disposition                    | dispo                    | dispositions[0].code
Intersection Name              | crossing                 | place.address
Intersection Point             | point:POINT (%(lon)s %(lat)s) | place.longitude<after ( before  >, place.latitude<after ( after   before )>
Supervisor District            | one:1/2/3/4/5            |
data_as_of                     | t:%Y/%m/%d %I:%M:%S %p+90 |
data_loaded_at                 | t:%Y/%m/%d %I:%M:%S %p+99 |
""", format="%Y/%m/%d %I:%M:%S %p")

case("socrata-new-orleans", """
NOPD_Item       | no:C%05d26   | key
Type            | code         |
TypeText        | type         | call_type
Priority        | one:1A/2C/0B | priority
TimeCreate      | t:%m/%d/%Y %I:%M:%S %p+0 | times.received
TimeDispatch    | t:%m/%d/%Y %I:%M:%S %p+2~/6 | times.dispatched
TimeArrive      | t:%m/%d/%Y %I:%M:%S %p+9~/5 | times.on_scene
TimeClosed      | t:%m/%d/%Y %I:%M:%S %p+40 | occurred_at, times.closed
Disposition     | dispo        | dispositions[0].code?
DispositionText | dispotext    | dispositions[0].code?
SelfInitiated   | one:N/Y      |
BLOCK_ADDRESS   | block        | place.address
Zip             | zip          |
PoliceDistrict  | one:1/2/3/4  | place.beat
Location        | point:POINT (%(lon)s %(lat)s) | place.longitude<after ( before  >, place.latitude<after ( after   before )>
""", format=US12)

case("seattle-open-data", """
CAD Event Number            | no:2026%08d | key
Event Clearance Description | dispotext   | dispositions[0].code
Call Type                   | one:911/ONVIEW/ALARM CALL (NOT POLICE ALARM) |
Priority                    | prio:       | priority
Initial Call Type           | type        | call_type
Final Call Type             | type2       | final_type
Original Time Queued        | t:%m/%d/%Y %I:%M:%S %p+0 | times.received
Arrived Time                | t:%m/%d/%Y %I:%M:%S %p+9 | occurred_at, times.on_scene
Precinct                    | one:NORTH/EAST/SOUTH |
Sector                      | one:B/C/D   |
Beat                        | beat:B      | place.beat
""", format=US12)

case("cincinnati", """
ADDRESS_X                   | block    | place.address
LATITUDE_X                  | lat      | place.latitude
LONGITUDE_X                 | lon      | place.longitude
AGENCY                      | is:PD    |
CREATE_TIME_INCIDENT        | t:%m/%d/%Y %I:%M:%S %p+0 | times.received
DISPOSITION_TEXT            | dispotext | dispositions[0].code
EVENT_NUMBER                | no:CPD2603200%05d | key
INCIDENT_TYPE_ID            | code     |
INCIDENT_TYPE_DESC          | type     | call_type
NEIGHBORHOOD                | one:DOWNTOWN/EASTSIDE/HILL |
ARRIVAL_TIME_PRIMARY_UNIT   | t:%m/%d/%Y %I:%M:%S %p+9~/4 | times.on_scene
BEAT                        | beat:P   | place.beat
CLOSED_TIME_INCIDENT        | t:%m/%d/%Y %I:%M:%S %p+40 | occurred_at, times.closed
DISPATCH_TIME_PRIMARY_UNIT  | t:%m/%d/%Y %I:%M:%S %p+2~/5 | times.dispatched
""", format=US12)

case("phoenix", """
INCIDENT_NUM     | no:202600%06d | key
DISP_CODE        | one:R/N/C/A   | dispositions[0].code?
DISPOSITION      | dispotext     | dispositions[0].code?
FINAL_RADIO_CODE | code          |
FINAL_CALL_TYPE  | type          | final_type
CALL_RECEIVED    | t:%m/%d/%Y  %I:%M:%S%p+0 | occurred_at, times.received
HUNDREDBLOCKADDR | block         | place.address
GRID             | one:AA25/BB28/CC12 | place.beat
""", format="%m/%d/%Y %I:%M:%S%p")

case("dallas-active", """
Incident Number | no:26-%07d    | key
Division        | one:Central/Northeast | 
Nature of Call  | type          | call_type
Priority        | prio:         | priority
Date            | t:%Y-%m-%dT00:00:00.000+0 | occurred_at[1]<before T>, times.received[1]<before T>
Time            | t:%H:%M:%S+0  | occurred_at[2], times.received[2]
Unit Number     | unit          | units[0].id
Block           | blockno       | place.address[1]
Location        | streetname    | place.address[2]
Beat            | beat:11       | place.beat
Reporting Area  | one:1001/2002/3003 |
Status          | one:At Scene/En Route |
""", format="%Y-%m-%d %H:%M:%S")

case("detroit", """
incident_id       | no:26079%05d | key
agency            | is:DPD       |
incident_address  | block        | place.address
zip_code          | zip          |
priority          | prio:        | priority
callcode          | code         |
calldescription   | type         | call_type
category          | one:PROP/PERS/MISC |
call_timestamp    | t:%Y/%m/%d %H:%M:%S+00+0 | occurred_at, times.received
precinct_sca      | beat:10      | place.beat
respondingunit    | unit         | units[0].id
officerinitiated  | one:Yes/No   |
intaketime        | minutes      |
dispatchtime      | minutes      |
traveltime        | minutes      |
totalresponsetime | minutes      |
time_on_scene     | minutes      |
totaltime         | minutes      |
neighborhood      | one:Downtown/Eastside |
latitude          | lat          | place.latitude
longitude         | lon          | place.longitude
""", format="%Y/%m/%d %H:%M:%S%z")

case("new-york", """
CAD_EVNT_ID    | no:8940%05d | key
CREATE_DATE    | t:%m/%d/%Y+0 |
INCIDENT_DATE  | t:%m/%d/%Y+0 |
INCIDENT_TIME  | t:%H:%M:%S+0 |
NYPD_PCT_CD    | one:75/44/19 | place.beat
BORO_NM        | one:BROOKLYN/BRONX/QUEENS | place.municipality
GEO_CD_X       | feet:1001000 |
GEO_CD_Y       | feet:201000  |
RADIO_CODE     | code         |
TYP_DESC       | type         | call_type
CIP_JOBS       | one:Non CIP/Serious |
ADD_TS         | t:%m/%d/%Y %I:%M:%S %p+0 | occurred_at, times.received
DISP_TS        | t:%m/%d/%Y %I:%M:%S %p+2 | times.dispatched
ARRIVD_TS      | t:%m/%d/%Y %I:%M:%S %p+9~/3 | times.on_scene
CLOSNG_TS      | t:%m/%d/%Y %I:%M:%S %p+40 | times.closed
Latitude       | lat          | place.latitude
Longitude      | lon          | place.longitude
""", format=US12)

case("excel-report-with-titles", """
Call #         | no:26-%05d  | key
Date/Time      | t:%-m/%-d/%Y %H:%M+0 | occurred_at, times.received
Call Type      | type        | call_type
Location       | address     | place.address
Unit           | unit        | units[0].id
Call Taker     | staff       |
""", format="%m/%d/%Y %H:%M", titles=["Salem Police Department", "Calls for Service, 3/20/2026 to 3/21/2026", ""],
     tail=",,", bom=True)

case("excel-serial-days", """
Incident Number          | no:26-%04d | key
Response Date            | excel:0    |
Call Received            | excel:0    | occurred_at, times.received
Time First Unit Assigned | excel:2    | times.dispatched
Time First Unit On Scene | excel:9    | times.on_scene
Call Type                | type       | call_type
Address                  | address    | place.address
""", format="excel")

case("pipes-packed-no-header", """
number  | no:P26%06d    | key
day     | t:%Y%m%d+0    | occurred_at[1], times.received[1]
clock   | t:%H%M+0      | occurred_at[2], times.received[2]
type    | type          | call_type
address | address       | place.address
city    | city          | place.municipality
prio    | prio:         |
""", format="%Y%m%d %H%M", delimiter="|", header=False)

case("tabs-no-header", """
number  | no:CAD-26-%05d            | key
time    | t:%Y-%m-%d %H:%M:%S+0     | occurred_at, times.received
type    | type                      | call_type
address | address                   | place.address
lat     | lat                       | place.latitude
lon     | lon                       | place.longitude
""", format="%Y-%m-%d %H:%M:%S", delimiter="\t", header=False)

case("european-semicolons", """
Incident Ref    | no:INC%06d              | key
Call Received   | t:%d.%m.%Y %H:%M+0      | occurred_at, times.received
Arrival         | t:%d.%m.%Y %H:%M+9~-/4  | times.on_scene
Closed          | t:%d.%m.%Y %H:%M+40     | times.closed
Category        | type                    | call_type
Address         | address                 | place.address
Town            | city                    | place.municipality
Postcode        | zip                     |
""", format="%d.%m.%Y %H:%M", delimiter=";", null="-")

case("one-date-many-clocks", """
Inc No      | no:F26%05d    | key
Alarm Date  | t:%m/%d/%Y+0  | occurred_at[1], times.received[1]
Alarm Time  | t:%H:%M:%S+0  | occurred_at[2], times.received[2]
Disp        | t:%H:%M:%S+1  |
Enroute     | t:%H:%M:%S+2  |
Arrive      | t:%H:%M:%S+8  |
Clear       | t:%H:%M:%S+50 |
Nature      | type          | call_type
Address     | address       | place.address
Station     | one:1/2/3     |
""", format="%m/%d/%Y %H:%M:%S")

case("arcgis-milliseconds", """
OBJECTID        | n           |
incident_number | no:26%06d   | key
call_datetime   | ms:0        | occurred_at, times.received
dispatch_time   | ms:2~/4     | times.dispatched
arrival_time    | ms:9~/4     | times.on_scene
nature          | type        | call_type
block_address   | block       | place.address
last_edited_date | ms:999     |
created_user    | login       |
lat             | lat         | place.latitude
long            | lon         | place.longitude
""", format="epoch_ms")

case("street-parts", """
Incident Number  | no:26-%06d | key
Time Received    | t:%Y-%m-%d %H:%M+0 | occurred_at, times.received
Call Type        | type       | call_type
House Number     | number     | place.address[1]
Pre Dir          | prefix     | place.address[2]
Street Name      | street     | place.address[3]
Street Type      | suffix     | place.address[4]
Post Dir         | post       | place.address[5]
Apt              | apt        | place.address[6]
City             | city       | place.municipality
Zip Code         | zip        |
""", format="%Y-%m-%d %H:%M")

case("street-parts-capitals", """
CALL_NO   | no:26%06d  | key
RCVD_DTTM | t:%m/%d/%Y %H:%M:%S+0 | occurred_at, times.received
TYPE_DESC | type       | call_type
ST_NBR    | number     | place.address[1]
ST_DIR    | prefix~NULL/4 | place.address[2]
ST_NM     | street     | place.address[3]
ST_SFX    | suffix     | place.address[4]
CITY_NM   | city       | place.municipality
""", format=US, null="NULL")

case("several-addresses", f"""
Incident Number     | no:26-%06d | key
Caller Address      | home       |
Complainant Home    | home       |
Received            | t:{US}+0   | occurred_at, times.received
Nature              | type       | call_type
Incident Location   | address    | place.address
Incident City       | city       | place.municipality
Destination Address | home       |
Callback Number     | phone      |
""", format=US)

case("words-for-nothing", f"""
Incident ID        | no:26-%06d | key
Call Received      | t:{US}+0   | occurred_at, times.received
Dispatched         | t:{US}+2~NULL/3 | times.dispatched
Arrived On Scene   | t:{US}+9~NULL/3 | times.on_scene
Type               | type~UNKNOWN/9 | call_type
Address            | address~REDACTED/4 | place.address
City               | city~N/A/5 | place.municipality
Beat               | beat:B~-/7 | place.beat
""", format=US, null="NULL, UNKNOWN, REDACTED, N/A, -")

case("staff-everywhere", """
Incident Number | no:26-%06d | key
Call Taker      | staff      |
Taken By        | login      |
Dispatcher      | staff      |
Disp By         | login      |
Operator        | badge      |
Officer 1       | staff      |
Entered By      | login      |
Received        | t:%Y-%m-%d %H:%M+0 | occurred_at, times.received
Type            | type       | call_type
Location        | address    | place.address
""", format="%Y-%m-%d %H:%M")

case("load-dates", """
Load Date       | t:%Y-%m-%d %H:%M:%S+900 |
Export Time     | t:%Y-%m-%d %H:%M:%S+999 |
Insert Dttm     | t:%Y-%m-%d %H:%M:%S+901 |
Last Update     | t:%Y-%m-%d %H:%M:%S+950 |
Incident Date   | t:%Y-%m-%d %H:%M:%S+0   | occurred_at, times.received
Offense         | type                    | call_type
Block           | block                   | place.address
Batch ID        | is:20260321             |
""", format="%Y-%m-%d %H:%M:%S", digest="occurred_at, place.address")

case("zone-behind-the-time", """
Event ID | no:E26%06d | key
Received | t:%m/%d/%Y %H:%M:%S EDT+0 | occurred_at<before  EDT>, times.received<before  EDT>
Cleared  | t:%m/%d/%Y %H:%M:%S EDT+40 | times.cleared<before  EDT>
Problem  | type       | call_type
Address  | address    | place.address
""", format=US)

case("powershell-quoted", """
IncidentNumber | no:26-%06d | key
TimeReceived   | t:%m/%d/%Y %I:%M:%S %p+0 | occurred_at, times.received
TimeOnScene    | t:%m/%d/%Y %I:%M:%S %p+9 | times.on_scene
CallNature     | type       | call_type
CommonPlace    | one:SALEM HIGH SCHOOL/QUIK STOP/ELM PARK | place.name
FullAddress    | address    | place.address
RPName         | name       |
RPPhone        | phone      |
Comments       | prose      |
""", format=US12, bom=True, quote=True)

case("oracle-timestamps", """
CASE_ID      | no:26%06d | key
CALL_TS      | t:%d-%b-%y %I.%M.%S.000000 %p+0 | occurred_at, times.received
CLEAR_TS     | t:%d-%b-%y %I.%M.%S.000000 %p+40 | times.cleared
CALL_TYPE    | type      | call_type
LOCATION     | address   | place.address
""", format="%d-%b-%y %I.%M.%S.%f %p")

case("header-word-is-value", f"""
Incident Number | no:26-%06d | key
Call Received   | t:{US}+0   | occurred_at, times.received
am              | is:AM      |
police          | is:POLICE  |
Call Type       | type       | call_type
Address         | address    | place.address
""", format=US)

case("three-columns", """
Date/Time | t:%m/%d/%Y %H:%M+0 | occurred_at, times.received
Nature    | type               | call_type
Location  | address            | place.address
""", format="%m/%d/%Y %H:%M", digest="occurred_at, place.address", rows=14)

case("codes-and-descriptions", f"""
Incident Number       | no:26-%06d | key
Entry Time            | t:{US}+0   | times.received
Close Time            | t:{US}+40  | occurred_at, times.closed
Call Type Code        | code       |
Call Type Description | type       | call_type
Disposition Code      | dispo      | dispositions[0].code?
Disposition Desc      | dispotext  | dispositions[0].code?
Address               | address    | place.address
Address Type          | one:House/Street |
Unit Count            | one:1/2/3  |
""", format=US)

case("position-in-one-cell", """
Event Number | no:26%07d | key
Event Time   | t:%Y-%m-%dT%H:%M:%S.000+0 | occurred_at, times.received
Event Type   | type      | call_type
Block        | block     | place.address
Geo Location | point:(%(lat)s, %(lon)s) | place.latitude<after ( before ,>, place.longitude<after ( after , before )>
""", format="%Y-%m-%dT%H:%M:%S.000")

case("sep-line-of-excel", """
Call No   | no:26-%05d            | key
Received  | t:%d/%m/%Y %H:%M:%S+0 | occurred_at, times.received
Finished  | t:%d/%m/%Y %H:%M:%S+55 | times.closed
Type      | type                  | call_type
Street    | address               | place.address
Town      | city                  | place.municipality
""", format="%d/%m/%Y %H:%M:%S", delimiter=";", titles=["sep=;"], title_lines=0)

case("fire-run-log", """
Run Number        | no:F26-%05d | key
Alarm Date/Time   | t:%m/%d/%Y %H:%M+0 | occurred_at, times.received
Dispatch          | t:%m/%d/%Y %H:%M+1 | times.dispatched
En Route          | t:%m/%d/%Y %H:%M+2 | times.en_route
Arrival           | t:%m/%d/%Y %H:%M+8 | times.on_scene
Last Unit Cleared | t:%m/%d/%Y %H:%M+50 | times.cleared
Response Time     | span        |
Incident Type     | one:FIRE ALARM/MEDICAL/VEHICLE FIRE/ODOR INVESTIGATION | call_type
Address           | address     | place.address
Station           | one:1/2/3   |
""", format="%m/%d/%Y %H:%M")

case("abbreviations", """
INCNUM  | no:26%06d   | key
CALLDT  | t:%Y%m%d+0  | occurred_at[1], times.received[1]
CALLTM  | t:%H%M%S+0  | occurred_at[2], times.received[2]
CALLTYP | type        | call_type
PRI     | prio:       | priority
ADDR    | address     | place.address
CTY     | city        | place.municipality
XST     | streetname  | place.cross_streets
UNITID  | unit        | units[0].id
RPNAME  | name        |
""", format="%Y%m%d %H%M%S")

case("units-in-a-list", f"""
CAD Event    | no:26-%06d | key
Created On   | t:{US}+0   | occurred_at, times.received
Event Type   | type       | call_type
Location     | address    | place.address
Cross Street | streetname | place.cross_streets
Units        | units:;    | units[0].id<before ;>
Report No    | no:26-%05d~/3 | report_numbers[0]
""", format=US)


def half_of(name):
    return "held" if hashlib.sha256(name.encode()).digest()[0] & 1 else "tuned"


def columns(name):
    """[(name, maker, argument, word for nothing, each how many, targets)]"""
    found = []
    for line in CASES[name][0].strip().splitlines():
        column, maker, target = (part.strip() for part in re.split(r" *\| ?", line, maxsplit=2))
        maker, _, nothing = maker.partition("~")
        word, _, each = nothing.rpartition("/")
        maker, _, argument = maker.partition(":")
        found.append((column, maker, argument, word, int(each or 0), target))
    return found


def text(name):
    """The export, as octets."""
    settings = CASES[name][1]
    made, delimiter = columns(name), settings.get("delimiter", ",")

    def cell(value):
        quoted = settings.get("quote") or delimiter in value
        return f'"{value}"' if quoted else value

    def value(i, column):
        _, maker, argument, word, each, _ = column
        return word if each and i % each == each - 1 else MAKERS[maker](i, argument)

    lines = list(settings.get("titles", []))
    if settings.get("header", True):
        lines.append(delimiter.join(cell(column[0]) for column in made))
    for i in range(settings.get("rows", ROWS)):
        lines.append(delimiter.join(cell(value(i, column)) for column in made) + settings.get("tail", ""))
    return (b"\xef\xbb\xbf" if settings.get("bom") else b"") + "".join(line + "\n" for line in lines).encode()


def resolved(place, chain):
    """A column, or what is split from it, as text that can be compared."""
    if not chain:
        return str(place)
    return f"{place} {' '.join(f'{word} {mark.strip() or mark!r}' for word, mark in chain)}"


def answer(name):
    """{setting: set of right values}; see settings_of in the test for the form."""
    settings = CASES[name][1]
    right = {("source", "header"): {"yes" if settings.get("header", True) else "no"},
             ("source", "delimiter"): {settings.get("delimiter", ",")},
             ("source", "title_lines"): {str(settings.get("title_lines", len(settings.get("titles", []))))},
             ("time", "format"): {settings["format"], settings["format"].replace("%p", " %p")},  # strptime: the same
             ("null", "*"): {",".join(sorted(word.strip().lower() for word in settings.get("null", "").split(",")))}}
    parts = {}
    for place, column in enumerate(columns(name)):
        for target in re.findall(r"[\w.]+(?:\[0\][.\w]*)?(?:\[\d\])?(?:<[^>]*>)?\??", column[-1]):
            found = re.match(r"([\w.]+(?:\[0\][.\w]*)?)(?:\[(\d)\])?(?:<([^>]*)>)?(\??)$", target)
            path, part, split, either = found.groups()
            chain = re.findall(r"(before|after) (.+?)(?= (?:after|before) |$)", split or "")
            value = resolved(place, chain)
            if either:
                right.setdefault(("fields", path), set()).add(value)
            else:
                parts.setdefault(path, {})[int(part or 1)] = value
    for path, found in parts.items():
        right["key" if path == "key" else "fields", "incident" if path == "key" else path] = {
            " + ".join(found[part] for part in sorted(found))}
    if "digest" in settings:
        right["key", "digest"] = {" , ".join(sorted(
            next(iter(right["fields", path.strip()])) for path in settings["digest"].split(",")))}
    ended = any(path.startswith("dispositions") for _, path in right)
    right["event", "kind"] = {"incident.closed" if ended else "call.received"}
    return right
