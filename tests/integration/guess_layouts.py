"""Layouts of dispatch systems and of cities' open data; guess_corpus.py explains the lines."""

from guess_shapes import US, US12, case

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

# These were added after the rules were done.

case("zuercher", f"""
CFS Number           | no:CFS26-%05d | key
Call Type            | type       | call_type
Call Taken By        | staff      |
Time Call Was Taken  | t:{US}+0   | occurred_at, times.received
Time Of Dispatch     | t:{US}+2~NULL/6 | times.dispatched
Time On Scene        | t:{US}+9~NULL/4 | times.on_scene
Time Completed       | t:{US}+40  | times.closed
Location             | address    | place.address
Location City        | city       | place.municipality
Reported By Address  | home       |
Responsible Unit     | unit       | units[0].id
""", format=US, null="NULL")

case("southern-software", """
EVENT_NO     | no:26%06d   | key
EVENT_DATE   | t:%m/%d/%Y+0 | occurred_at[1], times.received[1]
TIME_RCVD    | t:%H:%M:%S+0 | occurred_at[2], times.received[2]
TIME_DISP    | t:%H:%M:%S+2 |
TIME_ARR     | t:%H:%M:%S+9 |
EVENT_TYPE   | type        | call_type
EVENT_LOC    | address     | place.address
COMMUNITY    | city        | place.municipality
ZONE_BEAT    | beat:Z     | place.beat
DISP_INITIALS | one:AB/CD  |
OFC1         | staff      |
""", format="%m/%d/%Y %H:%M:%S")

case("carto-layer", """
cartodb_id        | n          |
the_geom          | point:POINT (%(lon)s %(lat)s) | place.longitude<after ( before  >, place.latitude<after ( after   before )>
dc_key            | no:202612%06d | key
dispatch_date_time | t:%Y-%m-%d %H:%M:%S+0 | occurred_at, times.dispatched
hour_             | one:8/9    |
text_general_code | type       | call_type
location_block    | block      | place.address
psa               | one:1/2/3  |
dc_dist           | one:14/25  |
""", format="%Y-%m-%d %H:%M:%S")

case("baltimore", """
recordId       | n        |
callKey        | no:B%08d | 
callNumber     | no:P26%07d | key
callDateTime   | t:%Y/%m/%d %H:%M:%S+00+0 | occurred_at, times.received
priority       | one:High/Medium/Low/Non-Emergency | priority
district       | one:SW/NE/CD | place.beat
description    | type     | call_type
incidentLocation | block  | place.address
location       | block    |
""", format="%Y/%m/%d %H:%M:%S%z")

case("sacramento", """
FID                 | n        |
Record_ID           | no:%07d  |
Call_Type           | code     |
Description         | type     | call_type
Reporting_Officer   | badge    |
Unit_ID             | unit     | units[0].id
Report_Created      | one:Y/N  |
Location            | block    | place.address
Police_District     | one:1A/2B | 
Beat                | beat:3   | place.beat
Grid                | one:0411/0512 |
X_Coordinate        | feet:6700000 |
Y_Coordinate        | feet:1900000 |
Day_of_Week         | one:Fri/Sat |
Occurence_Date      | t:%Y/%m/%d %H:%M:%S+0 |
Received_Date       | t:%Y/%m/%d %H:%M:%S+0 | times.received
Dispatch_Date       | t:%Y/%m/%d %H:%M:%S+2 | times.dispatched
Enroute_Date        | t:%Y/%m/%d %H:%M:%S+3 | times.en_route
At_Scene_Date       | t:%Y/%m/%d %H:%M:%S+9 | times.on_scene
Clear_Date          | t:%Y/%m/%d %H:%M:%S+40 | occurred_at, times.cleared
Disposition         | dispotext | dispositions[0].code
Incident_Number     | no:26-%06d | key
""", format="%Y/%m/%d %H:%M:%S")

case("san-diego", """
INCIDENT_NUM           | no:E2603%06d | key
DATE_TIME              | t:%Y-%m-%d %H:%M:%S+0 | occurred_at, times.received
DAY_OF_WEEK            | one:6/7   |
ADDRESS_NUMBER_PRIMARY | number    | place.address[1]
ADDRESS_DIR_PRIMARY    | prefix    | place.address[2]
ADDRESS_ROAD_PRIMARY   | street    | place.address[3]
ADDRESS_SFX_PRIMARY    | suffix    | place.address[4]
ADDRESS_DIR_INTERSECTING | is:     |
ADDRESS_ROAD_INTERSECTING | is:    |
ADDRESS_SFX_INTERSECTING | is:     |
CALL_TYPE              | type      | call_type
DISPOSITION            | one:K/R/A/W | dispositions[0].code
BEAT                   | one:521/313 | place.beat
PRIORITY               | prio:     | priority
""", format="%Y-%m-%d %H:%M:%S")
