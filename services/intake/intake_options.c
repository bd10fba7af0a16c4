#include "intake_options.h"

#define TEXT(section, member, fallback, doc) \
    CONFIG_TEXT(struct intake_options, section, member, fallback, doc)
#define INT(section, member, fallback, low, high, doc) \
    CONFIG_INT(struct intake_options, section, member, fallback, low, high, doc)

const struct config_row intake_option_rows[] = {
    TEXT("intake", listen, "tcp://127.0.0.1:8604", "endpoint that agencies connect to"),
    TEXT("intake", key_file, NULL, "file with the CURVE pair: public = ..., secret = ..."),
    INT("intake", heartbeat_ms, "5000", 100, 60000, "how often an agent must be heard"),
    TEXT("database", conninfo, NULL, "PostgreSQL connection string, role liaison_intake"),
    INT("database", writers, "2", 1, INTAKE_MOST_WRITERS, "connections that store, side by side"),
    TEXT("bus", publish, "", "endpoint on which wake-ups are published"),
    INT("holding", window_h, "24", 0, 8760, "hours that calls of no school are kept; 0: none"),
    INT("holding", outcome_days, "30", 0, 3650,
        "days that an outcome waits for the incident of its report number"),
    INT("holding", purge_s, "60", 1, 86400, "seconds between purges"),
    INT("limits", credit_mb, "8", 1, 1024, "MiB of events in flight, shared out to all sessions"),
    INT("limits", batch_rows, "4096", 1, 65536, "most events of one commit"),
    INT("limits", agency_connections, "32", 0, 65536, "most connections of an agency; 0: no limit"),
    INT("limits", agency_streams_h, "128", 0, 1000000,
        "most new streams of an agency within an hour; 0: no limit"),
    INT("limits", address_connections, "256", 0, 65536,
        "most connections of an address that showed no key yet, the oldest is cut; 0: no limit"),
    INT("limits", agency_kb_s, "0", 0, 1048576, "most KiB a second of an agency; 0: no limit"),
    INT("limits", agency_records_s, "0", 0, 1000000,
        "most events a second of an agency; 0: no limit"),
    TEXT("log", level, "info", "debug, info, warn or error"),
};
const size_t intake_option_count = sizeof intake_option_rows / sizeof *intake_option_rows;
