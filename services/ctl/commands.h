/*
 * commands: one function for each row of the table in commands.c. Each file cmd_X.c holds the
 * commands of one group.
 */
#ifndef LIAISON_CTL_COMMANDS_H
#define LIAISON_CTL_COMMANDS_H

#include "cli.h"

int cmd_schema_apply(struct ctl *ctl, const struct ctl_args *args);
int cmd_schema_status(struct ctl *ctl, const struct ctl_args *args);
int cmd_agency_add(struct ctl *ctl, const struct ctl_args *args);
int cmd_agency_set(struct ctl *ctl, const struct ctl_args *args);
int cmd_agency_rotate(struct ctl *ctl, const struct ctl_args *args);
int cmd_agency_revoke(struct ctl *ctl, const struct ctl_args *args);
int cmd_agency_limit(struct ctl *ctl, const struct ctl_args *args);
int cmd_agency_list(struct ctl *ctl, const struct ctl_args *args);
int cmd_district_add(struct ctl *ctl, const struct ctl_args *args);
int cmd_district_set(struct ctl *ctl, const struct ctl_args *args);
int cmd_district_list(struct ctl *ctl, const struct ctl_args *args);
int cmd_district_publish(struct ctl *ctl, const struct ctl_args *args);
int cmd_school_import(struct ctl *ctl, const struct ctl_args *args);
int cmd_school_alias(struct ctl *ctl, const struct ctl_args *args);
int cmd_school_aliases(struct ctl *ctl, const struct ctl_args *args);
int cmd_school_forget(struct ctl *ctl, const struct ctl_args *args);
int cmd_school_list(struct ctl *ctl, const struct ctl_args *args);
int cmd_feeder_import(struct ctl *ctl, const struct ctl_args *args);
int cmd_feeder_list(struct ctl *ctl, const struct ctl_args *args);
int cmd_contact_import(struct ctl *ctl, const struct ctl_args *args);
int cmd_contact_webhook(struct ctl *ctl, const struct ctl_args *args);
int cmd_contact_list(struct ctl *ctl, const struct ctl_args *args);
int cmd_contact_absent(struct ctl *ctl, const struct ctl_args *args);
int cmd_contact_back(struct ctl *ctl, const struct ctl_args *args);
int cmd_contact_absences(struct ctl *ctl, const struct ctl_args *args);
int cmd_rule_import(struct ctl *ctl, const struct ctl_args *args);
int cmd_rule_list(struct ctl *ctl, const struct ctl_args *args);
int cmd_rule_history(struct ctl *ctl, const struct ctl_args *args);
int cmd_rule_try(struct ctl *ctl, const struct ctl_args *args);
int cmd_rule_remove(struct ctl *ctl, const struct ctl_args *args);
int cmd_calendar_import(struct ctl *ctl, const struct ctl_args *args);
int cmd_calendar_bells(struct ctl *ctl, const struct ctl_args *args);
int cmd_calendar_list(struct ctl *ctl, const struct ctl_args *args);
int cmd_template_set(struct ctl *ctl, const struct ctl_args *args);
int cmd_template_list(struct ctl *ctl, const struct ctl_args *args);
int cmd_template_preview(struct ctl *ctl, const struct ctl_args *args);
int cmd_template_remove(struct ctl *ctl, const struct ctl_args *args);
int cmd_code_import(struct ctl *ctl, const struct ctl_args *args);
int cmd_code_common(struct ctl *ctl, const struct ctl_args *args);
int cmd_code_map(struct ctl *ctl, const struct ctl_args *args);
int cmd_code_remap(struct ctl *ctl, const struct ctl_args *args);
int cmd_code_list(struct ctl *ctl, const struct ctl_args *args);
int cmd_user_add(struct ctl *ctl, const struct ctl_args *args);
int cmd_user_disable(struct ctl *ctl, const struct ctl_args *args);
int cmd_user_enable(struct ctl *ctl, const struct ctl_args *args);
int cmd_user_list(struct ctl *ctl, const struct ctl_args *args);
int cmd_quarantine_list(struct ctl *ctl, const struct ctl_args *args);
int cmd_quarantine_show(struct ctl *ctl, const struct ctl_args *args);
int cmd_quarantine_replay(struct ctl *ctl, const struct ctl_args *args);
int cmd_quarantine_discard(struct ctl *ctl, const struct ctl_args *args);
int cmd_alert_held(struct ctl *ctl, const struct ctl_args *args);
int cmd_drill_start(struct ctl *ctl, const struct ctl_args *args);
int cmd_drill_show(struct ctl *ctl, const struct ctl_args *args);
int cmd_review_list(struct ctl *ctl, const struct ctl_args *args);
int cmd_outcome_list(struct ctl *ctl, const struct ctl_args *args);
int cmd_outcome_attach(struct ctl *ctl, const struct ctl_args *args);
int cmd_reconcile(struct ctl *ctl, const struct ctl_args *args);
int cmd_why(struct ctl *ctl, const struct ctl_args *args);
int cmd_status(struct ctl *ctl, const struct ctl_args *args);
int cmd_doctor(struct ctl *ctl, const struct ctl_args *args);
int cmd_key_make(struct ctl *ctl, const struct ctl_args *args);
int cmd_man(struct ctl *ctl, const struct ctl_args *args);

#endif
