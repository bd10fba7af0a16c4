"""Layouts with peculiarities: title lines, times without separators, street parts, words for an empty
value, columns about staff and so on. guess_corpus.py explains the lines."""

CASES = {}
US = "%m/%d/%Y %H:%M:%S"
US12 = "%m/%d/%Y %I:%M:%S %p"
# Looked at while the rules were developed, whichever half their names fall into.
LOOKED_AT = {"fire-report-of-a-town", "dates-at-midnight", "british-words", "uploads-beside-a-time-stamp"}


def case(name, layout, **settings):
    CASES[name] = (layout, settings)


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

case("fire-report-of-a-town", f"""
Agency         | is:SPD     |
CFS#           | no:26%06d  | key
Rec'd          | t:%m/%d/%Y %H:%M+0 | times.received
Disp'd         | t:%m/%d/%Y %H:%M+2 | times.dispatched
Enrt           | t:%m/%d/%Y %H:%M+3 | times.en_route
Arrvd          | t:%m/%d/%Y %H:%M+9 | times.on_scene
Cleared        | t:%m/%d/%Y %H:%M+29 | occurred_at, times.cleared
Call Nature    | type       | call_type
Street Address | address    | place.address
City/Town      | city       | place.municipality
Ofc            | staff      |
Disp           | dispo      | dispositions[0].code
Case #         | no:26-%05d~/3 | report_numbers[0]
""", format="%m/%d/%Y %H:%M")

case("dates-at-midnight", """
callnum     | no:%07d | key
calldate    | t:%Y-%m-%d 00:00:00+0 | times.received[1]<before  >
calltime    | t:%H:%M+0  | times.received[2]
dispdate    | t:%Y-%m-%d 00:00:00+2 | times.dispatched[1]<before  >
disptime    | t:%H:%M+2  | times.dispatched[2]
clrdate     | t:%Y-%m-%d 00:00:00+30 | times.cleared[1]<before  >, occurred_at[1]<before  >
clrtime     | t:%H:%M+30 | times.cleared[2], occurred_at[2]
calltype    | code       |
typedesc    | type       | call_type
streetnum   | number     | place.address[1]
predir      | prefix     | place.address[2]
streetname  | street     | place.address[3]
streettype  | suffix     | place.address[4]
aptnum      | apt        | place.address[5]
cityname    | city       | place.municipality
disposition | dispo      | dispositions[0].code
disptaker   | login      |
""", format="%Y-%m-%d %H:%M")

case("british-words", """
RefNo             | no:%08d   | key
Received          | t:%d/%m/%Y %H:%M+0 | occurred_at, times.received
Allocated         | t:%d/%m/%Y %H:%M+2 | times.dispatched
At Scene          | t:%d/%m/%Y %H:%M+9 | times.on_scene
Incident Category | type      | call_type
House No          | number    | place.address[1]
Road              | streetname | place.address[2]
Town              | city      | place.municipality
Caller Location   | home      |
""", format="%d/%m/%Y %H:%M", delimiter=";")

case("uploads-beside-a-time-stamp", """
Inc_ID        | no:%08d | key
Upload_Dt     | t:%Y-%m-%d %H:%M:%S+500 |
Last_Modified | t:%Y-%m-%d %H:%M:%S+500 |
As_Of         | is:2026-03-22 04:00:00 |
Time_Stamp    | t:%Y-%m-%d %H:%M:%S+0 | occurred_at, times.received
Call_Desc     | type      | call_type
Addr_Num      | number    | place.address[1]
Addr_Dir      | prefix    | place.address[2]
Addr_Street   | street    | place.address[3]
Addr_Type     | suffix    | place.address[4]
Addr_Unit     | apt       | place.address[5]
Addr_City     | city      | place.municipality
Resp_Unit     | unit      | units[0].id
Ofcr_Badge    | badge     |
""", format="%Y-%m-%d %H:%M:%S")

case("names-behind-types-and-addresses", """
Inc No    | no:26-%05d            | key
Rcv Dt    | t:%m/%d/%Y %H:%M:%S+0 | occurred_at, times.received
Call Type | typename              |
Addr      | addressname           |
""", format=US)

case("numbered-cross-streets", """
Dispatch # | no:D26-%05d           | key
Rcvd       | t:%m/%d/%Y %H:%M:%S+0 | occurred_at, times.received
Nature     | type                  | call_type
Address    | address               | place.address
Cross St 1 | streetname            | place.cross_streets[1]
Cross St 2 | street                | place.cross_streets[2]
X          | lon                   | place.longitude
Y          | lat                   | place.latitude
""", format=US)

case("x-streets", """
Call Number       | no:26-%05d        | key
Start             | t:%m/%d/%Y %H:%M+0 | occurred_at, times.received
Initial Call Type | type               | call_type
Final Call Type   | type2              | final_type
XStreet1          | streetname         | place.cross_streets[1]
XStreet2          | street             | place.cross_streets[2]
""", format="%m/%d/%Y %H:%M")
