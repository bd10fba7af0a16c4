#include "file_columns.h"

#include <stdlib.h>
#include <string.h>

const struct ctl_file ctl_files[] = {
    {"school",
     "import",
     NULL,
     {{"code", "what the school is known by; GeoJSON without it: made from the name", NULL},
      {"name", "its name; a former name is kept with its dates", NULL},
      {"level", "elementary, middle, high, k8, k12 or other (default)", NULL},
      {"address", "its street address", NULL},
      {"latitude", "degrees (WGS 84); of GeoJSON the geometry says it", NULL},
      {"longitude", "degrees", NULL},
      {"radius_m", "metres around the point that are still the school (default --radius)", NULL},
      {"campus", "its grounds, as GeoJSON geometry", NULL},
      {"feeder", "names of feeder patterns", NULL},
      {NULL, NULL, NULL}}},
    {"school",
     "alias",
     NULL,
     {{"school", "code of the school", NULL},
      {"kind", "what the words are: address or name (default)", NULL},
      {"alias", "the words, as an agency writes them", NULL},
      {NULL, NULL, NULL}}},
    {"feeder",
     "import",
     NULL,
     {{"feeder", "name of the pattern", NULL},
      {"school", "code of a school (CSV)", "school_code"},
      {"from_day", "its first day, as 2026-08-01 (default: always)", NULL},
      {"to_day", "its last day (default: none)", NULL},
      {NULL, NULL, NULL}}},
    {"contact",
     "import",
     NULL,
     {{"code", "what the contact is known by", NULL},
      {"name", "the name; another name is another person", NULL},
      {"role", "what the person is (default principal)", NULL},
      {"email", "e-mail address", NULL},
      {"phone", "number for texts: + and digits (E.164)", NULL},
      {"step", "1 to 9: 1 is told first (default 1)", "wave"},
      {"sealed", "yes: named by the district for sealed classes (default no)", NULL},
      {"schools", "codes (default: all schools)", NULL},
      {"active", "no: is told of nothing (default yes)", NULL},
      {"language", "en or es (default: the district's)", NULL},
      {"quiet_from", "time as 22:00 from which messages wait (default: they never do)", NULL},
      {"quiet_to", "time until which they wait", NULL},
      {"quiet_priority",
       "1 to 11: from it on a call is told all the same (default 9); life safety always is", NULL},
      {"alarms", "yes: is told when messages do not go out, or nobody can be told (default no)",
       NULL},
      {NULL, NULL, NULL}}},
    {"rule",
     "import",
     NULL,
     {{"name", "what the rule is known by", NULL},
      {"active", "no: the rule does not count (default yes)", NULL},
      {"rank", "1 to 999, the lowest is looked at first (default 100)", NULL},
      {"stops", "yes: where it matches, rules after it do not count (default no)", NULL},
      {"schools", "codes", NULL},
      {"relations", "of at, next_to, near, zone, transport, function, uncertain", NULL},
      {"within_m", "at most so many metres from the school", NULL},
      {"classes", "classes of calls", NULL},
      {"types", "common codes of types", NULL},
      {"dispositions", "common codes of dispositions", NULL},
      {"min_priority", "0 (default) to 10", NULL},
      {"hours", "any (default), school or outside: by calendar and bells", NULL},
      {"weekdays", "of mon to sun", NULL},
      {"channels", "of email, sms and webhook (default email;sms)", NULL},
      {"sealed", "yes: sealed calls and no others; no (default): all but sealed ones", NULL},
      {"escalate_s", "seconds until the next step is told (default 300)", NULL},
      {"max_age_s", "calls that are older alert nobody, in seconds (default 86400)", NULL},
      {"again_priority",
       "1 to 10: a call that rises to it asks everybody again, from the first step (default 9); "
       "11: none does",
       NULL},
      {"acks", "how many must acknowledge (default 1), or each: all who were told", NULL},
      {"frequency",
       "update (default): of each; material: first, closed, corrected and worse alone; digest: "
       "what is not serious is told once a day (district set --digest-at)",
       NULL},
      {"quiet_from", "time as 22:00 from which messages wait (default: they never do)", NULL},
      {"quiet_to", "time until which they wait", NULL},
      {"quiet_priority",
       "1 to 11: from it on a call is told all the same (default 9); life safety always is", NULL},
      {NULL, NULL, NULL}}},
    {"calendar",
     "import",
     NULL,
     {{"day", "the day, as 2026-11-26", NULL},
      {"last_day", "of several days the last one", NULL},
      {"kind",
       "school, early, holiday (default), or none: like any other day of the week; without the "
       "column, the summary says it",
       NULL},
      {"ends", "of early: when school ends, as 12:15 (default --early-ends)", NULL},
      {"school", "code (default: all schools)", NULL},
      {"summary", "title of an event", NULL},
      {"whole_day", "no: the event has a time of day", NULL},
      {NULL, NULL, NULL}}},
    {"calendar",
     "bells",
     NULL,
     {{"school", "code of the school", NULL},
      {"from", "when school begins, as 08:10", NULL},
      {"to", "when it ends", NULL},
      {"weekday", "mon to sun (default: each day that has no line of its own)", NULL},
      {NULL, NULL, NULL}}},
    {"code",
     "import",
     "class.csv",
     {{"class", "what the class is known by", NULL},
      {"name", "its name", NULL},
      {"rank", "a number; the lowest is the most serious class", NULL},
      {NULL, NULL, NULL}}},
    {"code",
     "import",
     "type.csv",
     {{"code", "the code", NULL},
      {"name", "its name", NULL},
      {"class", "its class", NULL},
      {"sensitivity", "open (default), restricted or sealed", NULL},
      {"withheld", "yes: the code is replaced before anything is stored (default no)", NULL},
      {NULL, NULL, NULL}}},
    {"code",
     "import",
     "disposition.csv",
     {{"code", "the code", NULL}, {"name", "its name", NULL}, {NULL, NULL, NULL}}},
    {"code",
     "import",
     "offense.csv",
     {{"code", "the code", NULL},
      {"name", "its name", NULL},
      {"group", "group of offenses, as A", NULL},
      {"against", "whom or what it is against, as Person", NULL},
      {"withheld", "yes: the code is replaced before anything is stored (default no)", NULL},
      {NULL, NULL, NULL}}},
    {"code",
     "map",
     NULL,
     {{"own", "the agency's code", NULL},
      {"common", "the common code; empty: the code stays unmapped", NULL},
      {"note", "for those who read the file; not stored", NULL},
      {NULL, NULL, NULL}}},
};

const size_t ctl_file_count = sizeof ctl_files / sizeof *ctl_files;

const struct ctl_file *file_columns_next(const struct ctl_command *command,
                                         const struct ctl_file *file)
{
    for (file = file ? file + 1 : ctl_files; file < ctl_files + ctl_file_count; file++)
        if (command->verb && strcmp(file->group, command->group) == 0 &&
            strcmp(file->verb, command->verb) == 0)
            return file;
    return NULL;
}

size_t file_columns_most(const struct ctl_file *file, const struct ctl_column *column)
{
    if (strcmp(column->name, "campus") == 0)
        return 0;
    return column == file->column || strcmp(column->name, "alias") == 0 ? CTL_KEY_MOST
                                                                        : CTL_CELL_MOST;
}

const struct ctl_file *file_columns_of(const char *group, const char *verb, const char *name)
{
    for (size_t i = 0; i < ctl_file_count; i++)
        if (strcmp(ctl_files[i].group, group) == 0 && strcmp(ctl_files[i].verb, verb) == 0 &&
            (!name || strcmp(ctl_files[i].name, name) == 0))
            return &ctl_files[i];
    abort();
}
