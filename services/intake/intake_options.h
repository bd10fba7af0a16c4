/* intake_options: liaison-intake's configuration. */
#ifndef INTAKE_INTAKE_OPTIONS_H
#define INTAKE_INTAKE_OPTIONS_H

#include "config.h"

enum { INTAKE_MOST_WRITERS = 8 };

struct intake_options {
    char listen[128];
    char key_file[256];
    char conninfo[512];
    char publish[128];
    int window_h;
    int outcome_days;
    int purge_s;
    int credit_mb;
    int batch_rows;
    int writers;
    int agency_connections;
    int agency_streams_h;
    int address_connections;
    int agency_kb_s;
    int agency_records_s;
    int heartbeat_ms;
    char level[8];
};

extern const struct config_row intake_option_rows[];
extern const size_t intake_option_count;

#endif
