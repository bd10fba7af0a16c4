// The shapes of services/dashboard/openapi.json.

export interface District {
    id: number;
    slug: string;
    name: string;
    zone: string;
    hours: { start: string; end: string };
    year_start_month: number;
}

export interface User {
    login: string;
    name: string;
    role: 'district' | 'school';
    schools: number[] | null;
}

export interface Session {
    user: User;
    district: District;
    csrf: string;
}

export interface Agency {
    slug: string;
    name: string;
    last_heard_at: string | null;
    connected: boolean;
    state: 'live' | 'quiet' | 'cut_off' | 'backfill' | 'never' | 'no_key';
    proof: Proof | null;
}

/* Whether all that an agency says it sent is here. */
export interface Proof {
    proven_to: string | null;
    proved_at: string | null;
    unproven: number;
    missing: number;
    lost: number;
    differing: number;
}

export interface SchoolNow {
    id: number;
    name: string;
    level: string;
    latitude: number;
    longitude: number;
    radius_m: number;
    open: number;
    today: number;
    last_call_at: string | null;
}

export interface School {
    id: number;
    code: string;
    name: string;
    level: string;
    address: string | null;
    latitude: number;
    longitude: number;
    radius_m: number;
    campus: { type: 'Polygon' | 'MultiPolygon'; coordinates: unknown[] } | null;
    active: boolean;
}

export interface Unit {
    id: string;
    role: 'school_officer' | 'patrol' | 'other' | null;
    status: 'dispatched' | 'en_route' | 'on_scene' | 'clear' | null;
    at: string | null;
}

export interface Disposition {
    own: string;
    code: string | null;
    name: string | null;
    primary: boolean;
}

export interface PlacedSchool {
    id: number;
    name: string;
    relation: 'at' | 'next_to' | 'near' | 'zone' | 'transport' | 'function' | 'elsewhere' | 'uncertain';
    distance_m: number | null;
    method: 'campus' | 'radius' | 'address' | 'name' | 'block' | 'corner' | 'spelling' | 'person';
    confidence: number;
}

export interface CallAlert {
    state: 'alerted' | 'acknowledged';
    alerted_at: string;
    acknowledged_by: string | null;
    acknowledged_at: string | null;
}

export interface Call {
    agency: string;
    agency_name: string;
    incident: string;
    status: 'open' | 'closed' | 'cancelled';
    mode: 'live' | 'replay' | 'backfill';
    opened_at: string;
    closed_at: string | null;
    updated_at: string;
    class: string;
    type: { own: string | null; code: string | null; name: string | null };
    priority: { own: string | null; common: number | null };
    address: string | null;
    latitude: number | null;
    longitude: number | null;
    place_name: string | null;
    schools: PlacedSchool[];
    units: Unit[];
    dispositions: Disposition[];
    alert: CallAlert | null;
    sensitivity: 'open' | 'restricted' | 'sealed';
}

export interface Now {
    as_of: string;
    sentence: string;
    agencies: Agency[];
    schools: SchoolNow[];
    open: Call[];
    recent: Call[];
}

export interface CallPage {
    total: number;
    items: Call[];
    next: string | null;
}

export interface TimelineEntry {
    at: string;
    source: 'dispatch' | 'alert' | 'person';
    kind: string;
    text: string;
}

export type DeliveryState = 'queued' | 'sending' | 'sent' | 'delivered' | 'failed' | 'unknown' | 'cancelled';

export interface Delivery {
    channel: 'email' | 'sms';
    kind: 'first' | 'update' | 'closed' | 'correction';
    wave: number;
    to: { name: string; role: string };
    state: DeliveryState;
    at: string;
    due_at: string | null; // only while queued
    why: 'acknowledged' | 'closed' | 'withdrawn' | 'nothing_new' | 'not_for_them' | null; // only of cancelled ones
    attempts: number;
}

export interface Outcome {
    outcome_id: string;
    subject: number;
    own: string;
    code: string | null;
    name: string | null;
    decided_at: string;
    voided: boolean;
}

export interface CallDetail {
    call: Call;
    left_out: 'entered_in_error' | 'merged' | 'moved_away' | null;
    merged_into: string | null;
    timeline: TimelineEntry[];
    deliveries: Delivery[];
    outcomes: Outcome[];
}

export type Tally = Record<string, number>;

export interface Outcomes {
    total: number;
    complete: number;
    from: string | null;
    to: string | null;
    first_at: string | null;
    last_at: string | null;
    by_school: { school: { id: number; name: string }; total: number; outcomes: Tally }[];
    by_class: { class: string; name: string; total: number; outcomes: Tally }[];
    by_type: { type: string; name: string; class: string; total: number; outcomes: Tally }[];
    by_month: { month: string; total: number; outcomes: Tally }[];
    by_class_month: { class: string; month: string; total: number }[];
    outcomes: { code: string; name: string; total: number }[];
}

export interface Codes {
    classes: { class: string; name: string; rank: number }[];
    types: { code: string; name: string; class: string }[];
    dispositions: { code: string; name: string }[];
}

export interface Review {
    agency: string;
    agency_name: string;
    incident: string;
    state: 'open' | 'expired';
    mode: 'live' | 'replay' | 'backfill';
    asked_at: string;
    due_at: string;
    opened_at: string;
    class: string;
    type: string | null;
    sensitivity: 'open' | 'restricted' | 'sealed';
    address: string;
    place_name: string;
    schools: { id: number; name: string; method: PlacedSchool['method']; confidence: number }[];
}

export interface Reviews {
    as_of: string;
    open: number;
    others: number | null;
    items: Review[];
}

export interface PublicYear {
    district: { slug: string; name: string };
    year: {
        school_year: string;
        from_day: string;
        to_day: string;
        threshold: number;
        published_at: string;
    } | null;
    published: { class: string; name: string; calls: number }[];
    withheld: { class: string; name: string }[];
    definition: string;
}

export interface Ack {
    district: { name: string; zone: string };
    school: string;
    what: string;
    where: string | null;
    when: string;
    call: 'open' | 'closed' | 'cancelled' | 'moved_away';
    state: 'open' | 'acknowledged' | 'closed';
    acknowledged_by: string | null;
    acknowledged_at: string | null;
    you: { name: string; role: string };
    units: number;
    told: { name: string; role: string; state: DeliveryState }[];
}
