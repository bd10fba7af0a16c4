"""The planted defects that mutants.py applies: the edits of each, and the tests that must turn red."""

from collections import namedtuple

Mutant = namedtuple("Mutant", "name edits tests")
Edit = namedtuple("Edit", "file find replace")

WRITER, BATCH = "services/intake/store/writer.c", "services/intake/sql/events.sql.in"
DELIVERY, STATE = "test_intake_delivery.py", "test_intake_state.py"
OUTCOMES = "test_intake_outcomes.py"
PROVED = "test_proof.py::test_intake_finds_at_the_next_manifest_what_was_deleted_since_the_last"
VISIBLE = "test_visibility.py"
HANG, DATABASE = "faults/test_hang.py", "faults/test_database.py"  # those without a folder are under integration/
ISOLATION, ENDPOINT = "test_intake_isolation.py", "test_intake_curve.py"

MUTANTS = [
    Mutant("acknowledge-before-commit", [
        Edit(WRITER, "static void submit(struct writer *writer);\n",
             "static void submit(struct writer *writer);\nstatic void answer_run(struct writer *writer);\n"),
        Edit(WRITER, "    run_tallies(&writer->run, &params);\n",
             "    answer_run(writer);\n    run_tallies(&writer->run, &params);\n"),
        Edit(WRITER, "        answer_run(writer);\n        finish_run(writer);\n", "        finish_run(writer);\n"),
    ], [f"{DELIVERY}::test_no_acknowledgement_before_the_commit_itself_has_ended"]),
    Mutant("drop-one-row-of-a-batch", [
        Edit(BATCH, ") select\n  @each all : unnest($N::TYPE)RECAST\n;\n",
             ") select * from (select\n  @each all : unnest($N::TYPE)RECAST\n) as u (\n  @each all : NAME\n"
             ") where seq % 200 <> 117;\n"),
    ], [f"{DELIVERY}::test_thousand_events_over_a_cut_connection_are_stored_once_each"]),
    Mutant("let-a-denied-field-through", [
        Edit("common/event_json.c", "    const struct event_row *row = find_row(o, d->name, d->name_size);\n",
             "    const struct event_row *row = find_row(o, d->name, d->name_size);\n\n"
             "    if (!row && strncmp(d->name, \"place_of_birth\", d->name_size) == 0)\n"
             "        row = event_row_find(o->type, \"beat\", 4);\n"),
    ], ["test_intake_privacy.py::test_what_the_dictionary_does_not_name_is_in_no_table_and_no_log"]),
    Mutant("let-a-withheld-code-through", [
        Edit("common/dictionary.def", "TEXT(final_type, 80, OF_CODE,", "TEXT(final_type, 80, OF_PLACE,"),
    ], ["test_intake_privacy.py::test_code_that_stands_for_immigration_status_is_withheld_and_the_call_kept"]),
    Mutant("leave-the-place-of-a-call-unchecked", [
        Edit("common/event_withhold.c", "        check(text, size, TEXT_OF_PLACE, dropped);\n", "        (void)size;\n"),
    ], ["test_intake_text.py::test_facts_inside_texts_are_in_no_table_and_no_log"]),
    Mutant("shorten-the-number-of-a-call", [
        Edit("common/dictionary.def", "TEXT(incident, 64, OF_IDENTITY,", "TEXT(incident, 64, OF_ID,"),
    ], ["test_intake_text.py::test_other_texts_of_an_agent_hold_no_fact"]),
    Mutant("let-a-look-alike-through", [
        Edit("common/text_fold.c", "    return made == 1 && to[0] < 0x80", "    return made == 0 && to[0] < 0x80"),
    ], ["test_intake_text.py::test_facts_inside_texts_are_in_no_table_and_no_log"]),
    Mutant("know-a-file-by-its-inode-alone", [
        Edit("services/feed/input/input.c", "    if (!growing_continues(&input->file, &input->expect))\n        return false;\n", ""),
    ], ["test_feed_files.py::test_restart_does_not_take_a_file_of_the_same_beginning_for_the_one_it_read"]),
    Mutant("read-a-rotated-file-by-its-name", [
        Edit("services/feed/input/rotation.c", "    strcpy(file->path, search.own);\n", ""),
        Edit("services/feed/input/rotation.c", "if (fd >= 0 && fstat(fd, &stat) == 0 && file_mark_is(&file->mark, &stat))",
             "if (fd >= 0 && fstat(fd, &stat) == 0)"),
    ], ["test_feed_files.py::test_rotated_files_that_are_renumbered_while_they_wait_are_each_read_once"]),
    Mutant("take-a-full-disk-for-a-broken-one", [
        Edit("services/feed/endpoint/endpoint_failure.c",
             "    return error->os == ENOSPC || error->os == EDQUOT ? &disk_full : &disk_error;\n",
             "    return error->os == EDQUOT ? &disk_full : &disk_error;\n"),
    ], ["unit/test_feed_endpoint"]),
    Mutant("read-on-for-a-refused-client", [
        Edit("common/http/http_connection.c", "connection->discarded > LINGER_OCTETS", "connection->discarded > SIZE_MAX - 1"),
    ], ["test_http_limits.py::test_a_refused_client_that_never_stops_is_cut_off_and_others_are_served"]),
    Mutant("prove-what-was-not-read", [
        Edit("services/feed/input/pump_item.c", "was->mark.octets);\n    manifest.unread = 1;\n", "was->mark.octets);\n"),
    ], ["test_feed_files.py::test_rest_that_cannot_be_found_is_told_and_not_proven"]),
    Mutant("forget-what-a-snapshot-lost", [
        Edit("services/feed/input/snapshot.c", "        note(snapshot, '-', row);\n        drop(snapshot, i);\n", ""),
    ], ["test_feed_files.py::test_of_each_version_what_is_new_or_changed_is_sent_once"]),
    Mutant("ignore-a-sequence-gap", [
        Edit("services/intake/session/intake_session.c", "if (seq > session->high + 1) {", "if (seq > session->high + 1 && !seq) {"),
    ], [f"{DELIVERY}::test_gap_is_asked_for_and_filled"]),
    Mutant("take-a-closing-for-the-receipt", [
        Edit("services/feed/guess/guess_milestones.c", "        return 20;\n", "        return 45;\n"),
    ], ["unit/test_feed_guess"]),
    Mutant("join-what-null-names", [
        Edit("services/feed/mapping/mapping_apply.c", " || is_nothing(mapping, part))", " || (!part && is_nothing(mapping, part)))"),
    ], ["unit/test_feed_mapping"]),
    Mutant("place-at-the-second-nearest-school", [
        Edit("services/intake/place/place.c", "return a->distance_m < b->distance_m;", "return a->distance_m > b->distance_m;"),
    ], ["test_intake_place.py::test_of_two_schools_in_reach_the_nearer_counts_and_both_are_named"]),
    Mutant("alert-a-backfill", [
        Edit("deploy/schema/r_derive.sql",
             "        select p.district_id, p.agency_id, p.incident_no, p.mode, p.is_first from put p\n"
             "         where p.mode <> 'backfill'\n",
             "        select p.district_id, p.agency_id, p.incident_no, replace(p.mode, 'backfill', 'live'), p.is_first\n"
             "          from put p\n"),
    ], ["test_intake_mode.py::test_backfill_alerts_nobody_and_the_others_do"]),
    Mutant("let-a-late-event-decide", [
        Edit(BATCH, "@let version (i.version_at,", "@let version (i.version_at - interval '9 years',"),
    ], [f"{STATE}::test_late_event_does_not_regress_the_state"]),
    Mutant("file-an-outcome-at-another-agencys-incident", [
        Edit("deploy/schema/r_outcomes.sql",
             "where x.agency_id is not distinct from p_agency and x.report_numbers is not null",
             "where x.report_numbers is not null"),
    ], [f"{OUTCOMES}::test_outcome_never_finds_another_agencys_incident"]),
    Mutant("let-the-first-of-two-have-the-outcome", [
        Edit("deploy/schema/r_outcomes.sql", "when w.first = w.last and w.first <> '' then w.first end as found",
             "when w.first <> '' then w.first end as found"),
    ], [f"{OUTCOMES}::test_number_of_two_incidents_is_held_for_a_person"]),
    Mutant("count-no-merged-call-whatever-became-of-the-other", [
        Edit("deploy/schema/r_derive.sql", "               and not x.elsewhere and not x.entered_in_error),\n",
             "                ),\n"),
    ], [f"{OUTCOMES}::test_merged_call_is_counted_unless_its_survivor_is"]),
    Mutant("leave-one-record-out-of-the-digest", [
        Edit("services/intake/store/intake_batch.c", "    if (is_digested(record)) {\n",
             "    if (is_digested(record) && record->seq % 7 != 3) {\n"),
    ], [PROVED]),
    Mutant("overlook-a-row-that-is-missing", [
        Edit("deploy/schema/r_proof.sql", "from bare where bare.first <= bare.last order by 1;",
             "from bare where bare.first <= bare.last and bare.first % 5 <> 2 order by 1;"),
    ], [PROVED]),
    Mutant("let-a-hanging-intake-hold-its-rows", [
        Edit("deploy/schema/r_fence.sql", "wait_event = 'ClientRead'", "wait_event = 'Client'"),
    ], [f"{HANG}::test_half_a_flight_of_an_intake_that_hangs_holds_up_nobody"]),
    Mutant("be-silent-while-the-database-is-slow", [
        Edit("services/intake/session/upkeep.c", "    reply_alive(router, (int64_t)router->options->heartbeat_ms * 1000);\n", ""),
    ], [f"{DATABASE}::test_table_locked_by_another_session_holds_up_all_and_ends_no_session"]),
    Mutant("take-a-full-disk-for-bad-data", [
        Edit("common/db.c", '{"22", "23", "54", "P0"}', '{"22", "23", "53", "54", "P0"}'),
    ], [f"{DATABASE}::test_no_room_for_tables_is_said_and_waited_for"]),
    Mutant("one-agency-fills-a-commit", [
        Edit(WRITER, "quota->batch_rows >= share)))", "quota->batch_rows >= share + writer->batch_rows)))"),
    ], [f"{ISOLATION}::test_one_agency_fills_a_part_of_a_commit_and_no_more"]),
    Mutant("credit-ignored-and-not-cut", [
        Edit("services/intake/session/arrival.c", "if (!alone && session->spent > session->limit + CREDIT_OVERDRAFT) {",
             "if (!alone && session->spent > session->limit + CREDIT_OVERDRAFT * 4096ULL) {"),
    ], [f"{ISOLATION}::test_sender_far_over_its_credit_is_refused_and_cut_if_it_stays"]),
    Mutant("rate-never-delays-credit", [
        Edit("services/intake/session/quota.c", "session->quota->delayed = !has_tokens(session->quota, now);",
             "session->quota->delayed = !has_tokens(session->quota, now) && now == 0;"),
    ], [f"{ISOLATION}::test_rate_delays_credit_and_refuses_nothing"]),
    Mutant("any-number-of-connections", [
        Edit("services/intake/session/quota.c", "if (quota->connections >= quota->limits.connections)",
             "if (quota->connections >= quota->limits.connections * 100)"),
        Edit("services/intake/session/quota.c", "if (quota->handshakes.tokens < 1)",
             "if (quota->handshakes.tokens < -1000)"),
    ], [f"{ISOLATION}::test_one_connection_too_many_is_refused_and_comes_in_when_another_has_gone"]),
    Mutant("show-the-place-of-what-is-elsewhere", [
        Edit("deploy/schema/r_visibility.sql", "case when not i.elsewhere then i.address end", "i.address"),
    ], [f"{VISIBLE}::test_each_way_shows_of_a_call_what_its_state_allows"]),
    Mutant("call-told-by-a-summary-from-before", [
        Edit("deploy/schema/r_visibility.sql", "v.said_at >= date_trunc('second', al.held_at)", "v.said_at is not null"),
        Edit("deploy/schema/r_visibility.sql", "and coalesce(v.sent_at, 'infinity') >= al.held_at) m", ") m"),
    ], ["test_notify_storm.py::test_a_call_says_whether_a_summary_told_of_it"]),
    Mutant("open-a-link-for-a-former-contact", [
        Edit("deploy/schema/r_visibility.sql", "when not coalesce(p.active, false) then 'contact_inactive'",
             "when p.contact_id is null then 'contact_inactive'"),
    ], [f"{VISIBLE}::test_each_way_shows_of_a_call_what_its_state_allows"]),
    Mutant("tell-by-the-rights-of-the-beginning", [
        Edit("services/dashboard/calls/stream_follower.c", "        if (client->asked)\n",
             "        if (client->asked && follower->district < 0)\n"),
    ], ["test_dashboard_stream.py::test_no_change_is_told_by_rights_that_are_over"]),
    Mutant("see-by-a-role-that-has-ended", [
        Edit("deploy/schema/r_people.sql", "   and r.to_at > (select at from notify.wall_clock) and p.active;", "   and p.active;"),
    ], ["test_dashboard_stream.py::test_a_role_that_ends_by_its_date_ends_the_stream_and_the_session"]),
    Mutant("tell-a-contact-that-has-ended", [
        Edit("deploy/schema/r_people.sql", "       r.from_at <= (select at from notify.wall_clock) and r.to_at > (select at from notify.wall_clock)\n",
             "       r.from_at <= (select at from notify.wall_clock)\n"),
    ], ["test_notify_rights.py::test_a_contact_whose_day_has_come_is_told_no_more"]),
    Mutant("tell-a-disabled-person", [
        Edit("deploy/schema/r_people.sql",
             "       and (select p.active from people.person p where p.person_id = r.person_id)\n", ""),
    ], ["test_notify_rights.py::test_a_disabled_person_is_told_of_no_call"]),
    Mutant("take-a-lost-test-message-for-one-that-came", [
        Edit("deploy/schema/r_watch.sql", " and missing.found = 0) is true as ok", ") is true as ok"),
    ], ["test_notify_probe.py::test_one_that_is_lost_behind_the_relay_is_not_green"]),
    Mutant("give-metrics-to-anybody", [
        Edit("services/dashboard/host/metrics.c", "    if (!metrics->has_token)\n", "    if (metrics->has_token)\n"),
    ], ["test_metrics.py::test_with_a_token_nobody_reads_it_without"]),
    Mutant("take-one-mailbox-for-one-person", [
        Edit("deploy/schema/r_people.sql", "       and liaison.plain_words(p.name) = liaison.plain_words(p_name)\n", ""),
    ], ["test_people.py::test_who_may_be_somebody_else_is_kept_apart"]),
    Mutant("count-a-budget-without-its-lock", [
        Edit("services/notify/sql/subject_call.sql", "select notify.lock_budgets($1::jsonb)", "select 0 from (select $1::jsonb) k"),
    ], ["test_notify_budget.py::test_two_processes_share_one_budget"]),
    Mutant("text-nobody-that-a-storm-has-grown", [
        Edit("common/message/message.c", "changed & CHANGED_CALLS ||", "false ||"),
    ], ["unit/test_notify_storm"]),
    Mutant("fold-a-call-that-is-worse", [
        Edit("deploy/schema/r_folded_call.sql", " and p_severity <= l.severity\n", "\n"),
    ], ["test_notify_two_agencies.py::test_a_second_that_becomes_worse_is_told_by_itself"]),
    Mutant("leave-an-agency-there-whose-call-has-ended", [
        Edit("deploy/schema/r_folded_call.sql", " and i.status = 'open'\n               and not district.is_sealed",
             "\n               and not district.is_sealed"),
    ], ["test_notify_two_agencies.py::"
        "test_who_was_told_of_the_second_agency_hears_once_that_it_is_there_no_more"]),
    Mutant("forget-an-agency-that-is-told-by-itself", [
        Edit("deploy/schema/r_budget.sql", "beside = coalesce(excluded.beside, a.beside)", "beside = excluded.beside"),
    ], ["test_notify_two_agencies.py::test_a_second_agency_that_is_told_by_itself_is_there_until_its_call_ends"]),
    Mutant("fold-into-a-call-that-is-over", [
        Edit("deploy/schema/r_folded_call.sql", "(i.status = 'open' and j.status = 'open')", "i.status = 'open'"),
    ], ["test_notify_two_agencies.py::test_the_second_is_told_when_the_first_is_over_and_it_is_not"]),
    Mutant("tell-updates-to-who-wants-material-changes", [
        Edit("services/notify/decide/rules.c", "verdict.material && rule->material", "false"),
    ], ["test_notify_rules.py::test_a_rule_for_material_changes_tells_no_update"]),
    Mutant("take-a-successor-for-who-spoke-before", [
        Edit("deploy/schema/r_notify.sql", "'person:' || p_person::text || '/' || notify.letters(p_name) end",
             "'person:' || p_person::text end"),
        Edit("deploy/schema/0050_people.sql",
             "\n            || '/' || regexp_replace(lower(by), '[^[:alnum:]]', '', 'g')", ""),
    ], ["test_notify_conversation.py::test_a_successor_has_nothing_of_what_the_former_one_said"]),
    Mutant("take-the-step-of-a-substitute-for-skipped", [
        Edit("deploy/schema/r_watch.sql", " || array_agg(own)", ""),
    ], ["test_notify_alarm.py::test_the_own_step_of_a_substitute_who_was_told_is_not_skipped"]),
    Mutant("start-a-drill-beside-one-that-runs", [
        Edit("services/ctl/cmd_drill.c", "                           running, args->operand[0], running);\n",
             "                           running, args->operand[0], running) * 0;\n"),
    ], ["test_notify_drill.py::test_a_second_drill_is_started_on_purpose_alone"]),
    Mutant("take-one-acknowledgement-for-each", [
        Edit("deploy/schema/r_notify.sql", "notify.who(p.person_id, p.name) not in (select h.who from h)", "false"),
    ], ["test_notify_reconcile.py::test_each_who_was_told_must_acknowledge"]),
    Mutant("hand-over-by-the-channels-of-the-rules-alone", [
        Edit("services/notify/decide/reconcile.c", "        return by & ~failed & CHANNELS_OF_PEOPLE ? by : may;\n",
             "        return by;\n"),
    ], ["unit/test_notify_reconcile", "test_notify_conversation.py::"
        "test_to_whom_it_is_handed_is_told_by_whatever_reaches_them"]),
    Mutant("hand-over-to-whom-no-message-reaches", [
        Edit("deploy/schema/r_hand_over.sql", "from notify.takers(p_district, p_alert) t where t.reached\n",
             "from notify.takers(p_district, p_alert) t where true\n"),
    ], ["test_notify_conversation.py::test_it_is_handed_to_nobody_whom_no_message_reaches"]),
    Mutant("put-a-serious-call-into-the-digest", [
        Edit("services/notify/decide/reconcile.c", "r->verdict.digest && r->in->now.severity == 0 &&", "r->verdict.digest &&"),
    ], ["unit/test_notify_reconcile", "test_notify_digest.py::test_what_becomes_serious_is_told_at_once_and_leaves_it"]),
    Mutant("hand-a-routing-id-over", [
        Edit("services/intake/session/intake_curve.c", "{ZMQ_ROUTER_HANDOVER, 0},", "{ZMQ_ROUTER_HANDOVER, 1},"),
    ], [f"{ENDPOINT}::test_routing_id_cannot_be_taken_over_by_another_agencys_key"]),
    Mutant("let-an-unknown-key-in", [
        Edit("services/intake/session/zap.c", 'refuse(zap, frame, z85, "", "unknown_key");',
             'answer(zap, &frame[ZAP_REQUEST], "200", "OK", "");'),
    ], ["test_intake_session.py::test_unknown_key_is_refused_counted_and_logged_and_comes_in_once_it_is_known"]),
    Mutant("enforce-no-zap-domain", [
        Edit("services/intake/session/intake_curve.c", "{ZMQ_ZAP_ENFORCE_DOMAIN, 1},", "{ZMQ_ZAP_ENFORCE_DOMAIN, 0},"),
    ], ["unit/test_intake_curve"]),
    Mutant("take-a-message-without-a-user-id", [
        Edit("services/intake/session/intake_curve.c", '"User-Id") : NULL;', '"User-Id") : "somebody";'),
        Edit("services/intake/session/intake_curve.c", "return message->count > 1 ?",
             'return message->count > 1 && !zmq_msg_gets(&message->frame[1], "User-Id") ? "somebody" : '
             "message->count > 1 ?"),
    ], ["unit/test_intake_curve"]),
    Mutant("promise-more-credit-than-there-is", [
        Edit("services/intake/session/quota.c", "uint64_t room = left > session->promised ? (left - session->promised) / 2 : 0;",
             "uint64_t room = left > session->promised ? (left - session->promised) * 2 : CREDIT_FIRST;"),
    ], ["unit/test_intake_quota"]),
    Mutant("map-a-column-of-citizenship", [
        Edit("services/feed/mapping/mapping.c", "    if (is_denied(name))\n", "    if (is_denied(name) && !*name)\n"),
    ], ["unit/test_feed_mapping"]),
    Mutant("settle-calls-of-other-words-too", [
        Edit("deploy/schema/r_review.sql",
             "or (p_remember and (w.kind, upper(w.words)) = (a.kind, upper(a.words))))", "or p_remember)"),
        Edit("deploy/schema/r_review.sql",
             "where (w.kind, upper(w.words)) = (said.kind, upper(said.words))))", "where w.kind is not null))"),
    ], ["test_intake_review.py::test_a_remembered_answer_settles_all_that_wait_with_the_same_words"]),
    Mutant("count-a-try-by-its-spelling", [
        Edit("deploy/schema/r_sign_in.sql", "then 'p:' || p.person_id\n", "then 'l:' || p_login\n"),
    ], ["test_sign_in.py::test_every_spelling_of_a_login_is_one_count"]),
    Mutant("count-no-try-beside-another", [
        Edit("deploy/schema/r_sign_in.sql", "where c.count < p_most or ", "where true or "),
    ], ["test_sign_in.py::test_tries_at_the_same_time_are_all_counted"]),
    Mutant("forget-who-was-shown-a-sealed-call", [
        Edit("services/dashboard/host/exchange.c", 'strstr(json, "\\"sealed\\"") != NULL', 'strstr(json, "no such") != NULL'),
    ], ["test_sign_in.py::test_whoever_is_shown_a_sealed_call_is_in_the_audit"]),
    Mutant("take-a-request-with-two-hosts", [
        Edit("common/http/http_parse.c", "if (count > 1 || (count == 0 && head->minor > 0))",
             "if (count == 0 && head->minor > 0)"),
    ], ["unit/test_http_parse"]),
    Mutant("take-a-line-that-ends-in-any-way", [
        Edit("common/http/http_parse.c", "if ((c == '\\n') != (last == '\\r'))", "if (c == '\\n' && last == '\\0')"),
    ], ["unit/test_http_parse"]),
    Mutant("any-jump-is-taken", [
        Edit("services/intake/session/intake_session.c", "if (seq - session->high > WIRE_MAX_AHEAD)",
             "if (seq - session->high > WIRE_MAX_AHEAD && !seq)"),
    ], ["test_intake_abuse.py::test_sequence_far_ahead_is_refused_and_notes_nothing"]),
    Mutant("digests-without-turns", [
        Edit("deploy/schema/r_proof.sql", "     order by s.agency_id <= p_after, s.agency_id limit 1;",
             "     order by s.agency_id desc limit 1;"),
    ], ["test_intake_abuse.py::test_thousands_of_digests_of_one_agency_do_not_hold_up_anothers"]),
    Mutant("partial-messages-unbounded", [
        Edit("services/intake/session/guard.c", "    if (slot && is_over(slot)) {", "    if (slot && is_over(slot) && size == 0) {"),
    ], ["test_intake_abuse.py::test_message_without_end_is_cut_before_it_fills_the_memory"]),
    Mutant("leave-a-move-of-a-session-out", [
        Edit("services/intake/session/session_moves.def", "MOVE(TAKING, MANIFEST, ignore, TAKING)\n", ""),
    ], ["test_state_tables.py::test_an_agents_command_has_a_move_in_every_state"]),
    Mutant("build-without-the-row-of-a-part", [
        Edit("services/dashboard/host/api.h", ".number = API_PART_##part, .name = #part", ".name = #part"),
    ], ["test_api_parts.py::test_a_row_that_is_missing_or_double_stops_the_build"]),
    Mutant("grant-what-no-statement-needs", [
        Edit("deploy/schema/grants.sql", "grant select, insert on agency.event to liaison_intake;",
             "grant select, insert, update on agency.event to liaison_intake;"),
    ], ["test_grants.py::test_no_right_is_granted_that_no_statement_needs"]),
    Mutant("ask-nobody-again-about-a-worse-call", [
        Edit("services/notify/decide/reconcile.c", "r->verdict.matched && in->now.severity > in->alert.severity", "false"),
    ], ["test_notify_reconcile.py::test_worse_call_asks_again_whoever_acknowledged_the_lesser_one"]),
    Mutant("take-a-new-person-for-the-former-one", [
        Edit("deploy/schema/r_telling.sql", " and not d.of_former) as last", ") as last"),
    ], ["test_notify_reconcile.py::test_new_person_of_a_contact_is_told_of_an_open_call"]),
    Mutant("forget-what-a-lost-message-said", [
        Edit("services/notify/decide/subject_call.c", "n->missed = changes_since(row, from, &sure.now);",
             "n->missed = 0 & changes_since(row, from, &sure.now);"),
    ], ["test_notify_races.py::test_update_after_a_lost_hand_over_hands_over"]),
    Mutant("count-a-withdrawal-as-told", [
        Edit("deploy/schema/r_telling.sql", "select d.kind <> 'withdrawn' and not d.of_former", "select not d.of_former"),
    ], ["test_notify_health.py::test_a_withdrawal_that_waits_hides_no_alert_of_which_nobody_is_left"]),
    Mutant("let-an-absence-overlap-another", [
        Edit("deploy/schema/r_roster.sql", "where a.role_id = p_role and a.from_at < until and a.to_at > since", "where false"),
    ], ["test_ctl_times.py::test_an_absence_that_shares_a_day_with_another_is_refused_and_changes_nothing"]),
    Mutant("try-rules-without-the-budget", [
        Edit("services/notify/trial/trial.c", "trial->budget.most > 0 && !call", "trial->budget.most < 0 && !call"),
    ], ["test_rule_try.py::test_quiet_hours_budget_and_nobody_count_as_they_would_live"]),
    Mutant("let-a-failed-step-take-its-time", [
        Edit("services/notify/decide/reconcile.c", "            due_us = in->now_us; /* all of it failed", "            due_us += 0; /* all of it failed"),
    ], ["unit/test_notify_reconcile"]),
    Mutant("tell-those-who-left-nothing", [
        Edit("services/notify/decide/reconcile.c", "    return telling->said.status == FACTS_OPEN;", "    return false;"),
    ], ["test_notify_reconcile.py::test_who_joins_the_first_step_is_told_and_who_left_is_told_that_it_is_withdrawn"]),
    Mutant("follow-the-clock-of-the-database", [
        Edit("deploy/schema/r_claim.sql", "d.lane = v_lane and d.next_at <= p_now\n",
             "d.lane = v_lane and d.next_at <= now()\n"),
    ], ["test_notify_clock.py::test_retry_comes_in_time_when_the_clock_is_set"]),
    Mutant("read-the-roster-by-a-clock-that-goes-back", [
        Edit("deploy/schema/r_clock.sql", "where c.seen_at < now() + interval '1 day')", "where false)"),
    ], ["test_notify_clock.py::test_who_was_imported_before_the_clock_was_set_stays_a_contact"]),
    Mutant("ask-for-what-was-taken-back", [
        Edit("deploy/schema/r_hand_over.sql", "l.who in (k.who, notify.who(k.to_person, k.to_name))",
             "l.who = notify.who(k.to_person, k.to_name)"),
    ], ["test_notify_handover.py::test_who_was_not_reached_yet_is_not_asked_for_what_was_taken_back"]),
    Mutant("wait-after-a-hand-over-in-vain", [
        Edit("services/notify/decide/reconcile.c", "    return r->in->alert.lost_us;", "    return due_us;"),
    ], ["test_notify_handover.py::test_a_hand_over_to_somebody_who_leaves_ends_and_the_next_are_asked"]),
    Mutant("leave-out-who-stands-in", [
        Edit("deploy/schema/r_people.sql", " where a.substitute is not null and a.to_at > (select at from notify.wall_clock);",
             " where false;"),
    ], ["test_notify_rules.py::test_substitute_stands_in_at_the_schools_and_in_the_step_of_the_absent_one"]),
    Mutant("leave-out-who-is-named-by-a-feeder-pattern", [
        Edit("deploy/schema/r_people.sql",
             "  from district.school_feeder m join people.role_feeder f using (district_id, feeder_id)\nunion all",
             "  from district.school_feeder m join people.role_feeder f using (district_id, feeder_id) where false\nunion all"),
    ], ["test_people.py::test_a_scope_of_feeder_patterns_is_their_schools_of_today"]),
    Mutant("leave-out-who-is-for-the-whole-district", [
        Edit("deploy/schema/r_people.sql", "where r.role = 'contact' and r.scope = 'district'\nunion all", "where false\nunion all"),
    ], ["test_notify_delivery.py::test_temporary_failure_is_tried_again_as_the_same_message"]),
    Mutant("claim-deliveries-without-an-index", [
        Edit("deploy/schema/0027_reconcile.sql",
             "create index delivery_due on notify.delivery (channel, lane, next_at) where state = 'queued';\n", ""),
    ], ["test_statement_cost.py::test_a_claim_reads_no_more_rows_than_it_takes"]),
    Mutant("write-down-no-ending-beside-a-refused-one", [
        Edit("services/notify/endings.c", "            e->alone |= refused;\n", "            e->alone |= false;\n"),
    ], ["test_notify_races.py::test_an_ending_that_is_refused_takes_no_other_with_it"]),
    Mutant("leave-a-word-out", [
        Edit("common/words/en.json", '"lasting.moment": "under a minute",\n', ""),
    ], ["test_words.py::test_each_word_that_the_code_uses_is_in_the_catalogue_and_no_other_is"]),
    Mutant("repeat-a-text-like-a-mail", [
        Edit("services/notify/channel/sms.c", ".repeatable = false,", ".repeatable = true,"),
    ], ["test_notify_delivery.py::test_lost_answer_to_a_text_waits_and_repeats_it_once"]),
    Mutant("carry-by-a-provider-that-is-down", [
        Edit("services/notify/channel/route.c", "return state->up && state->arrives && !state->silent;",
             "return state->arrives && !state->silent;"),
    ], ["unit/test_notify_route", "test_notify_second.py::test_the_second_relay_carries_at_once_what_the_first_does_not_take"]),
    Mutant("release-nothing-after-an-outage", [
        Edit("services/notify/channel/provider.c", "if (freed && provider->hooks.freed)", "if (!freed && provider->hooks.freed)"),
    ], ["unit/test_notify_provider",
        "test_notify_providers.py::test_all_that_a_relay_deferred_is_due_when_it_takes_a_message_again"]),
    Mutant("take-three-full-mailboxes-for-an-outage", [
        Edit("services/notify/channel/breaker.c", "    breaker->deferred_count = 0;\n", ""),
    ], ["unit/test_notify_breaker", "test_notify_providers.py::test_who_is_deferred_alone_keeps_the_backoff"]),
    Mutant("repeat-by-the-second-what-the-first-may-have", [
        Edit("services/notify/channel/twilio.c", ".says_what_it_has = true", ".says_what_it_has = false"),
    ], ["test_notify_second.py::"
        "test_a_first_that_cannot_say_whether_it_has_a_text_is_asked_before_the_second_repeats_it"]),
    Mutant("believe-a-provider-that-loses-most", [
        Edit("deploy/schema/r_watch.sql", "a.lost * 2 > a.known", "a.lost > a.known"),
    ], ["test_notify_second.py::test_when_a_provider_counts_as_losing_messages"]),
    Mutant("connect-a-webhook-to-any-address", [
        Edit("services/notify/channel/webhook.c", "if (!network_allows(&address->addr, guard->private_too)) {",
             "if (address->addrlen == 0) {"),
    ], ["test_notify_webhook.py::test_a_url_does_not_lead_to_our_own_network"]),
    Mutant("say-how-bad-a-police-call-is", [
        Edit("services/notify/channel/cap.c", "if (says_all(n) && now->severity >= FACTS_LIFE)",
             "if (now->severity >= FACTS_LIFE)"),
    ], ["unit/test_notify_cap"]),
    Mutant("let-one-host-take-all-connections", [
        Edit("services/notify/channel/receivers.c", "return receiver->out < most;", "return receiver->out < most + 100;"),
    ], ["unit/test_notify_webhook", "test_notify_webhook.py::test_a_host_that_hangs_delays_neither_texts_nor_another_host"]),
    Mutant("let-slow-hosts-take-the-connections-of-quick-ones", [
        Edit("services/notify/channel/receivers.c", "if (standing == STANDING_SLOW && crowd.slow >=",
             "if (standing == STANDING_NEW && crowd.slow >="),
    ], ["unit/test_notify_webhook"]),
    Mutant("name-the-school-of-what-is-withdrawn", [
        Edit("common/message/message.c",
             'n->kind == MESSAGE_WITHDRAWN ? "message.subject.withdrawn"', 'false ? "message.subject"'),
    ], ["unit/test_notify_words"]),
    Mutant("take-a-template-without-its-link", [
        Edit("common/message/template.c", '(rc = check_slots(was, input->text, "lacks", error)) != 0', "false"),
    ], ["unit/test_notify_template"]),
    Mutant("say-two-half-past-ones-alike", [
        Edit("common/message/when.c", "at + HOUR_S, &error) < now) &&\n           U_SUCCESS(error);",
             "at + HOUR_S, &error) < now) &&\n           U_FAILURE(error);"),
    ], ["unit/test_notify_words"]),
    Mutant("send-a-text-in-two-parts", [
        Edit("common/message/sms_form.c", ".most = GSM_SEGMENT,", ".most = 2 * GSM_SEGMENT,"),
    ], ["unit/test_notify_message"]),
    Mutant("tell-an-alarm-by-one-channel-alone", [
        Edit("services/notify/decide/alarm.c", "        plan->wishes[plan->wish_count++] = wish;\n",
             "        plan->wishes[plan->wish_count++] = wish;\n        break;\n"),
    ], ["unit/test_notify_alarm"]),
    Mutant("say-not-since-when-an-alarm-is", [
        Edit("common/message/alarm_text.c", "return !line->notice && line->since[0] &&", "return !line &&"),
    ], ["unit/test_notify_alarm"]),
    Mutant("show-the-school-of-a-finding-that-its-reader-may-not-see", [
        Edit("deploy/schema/r_watch_alarm.sql", "case when v.says is not null then s.name end", "s.name"),
    ], ["test_dashboard_alarm.py::test_what_is_at_a_school_of_others_is_hidden_as_soon_as_it_is_theirs"]),
    Mutant("list-the-oldest-alert-first", [
        Edit("deploy/schema/r_receipts.sql", "t.texted_at desc, t.alert_id desc)", "t.texted_at)"),
    ], ["test_notify_receipts.py::test_of_several_open_alerts_the_reply_names_one"]),
    Mutant("take-what-is-left-by-a-plain-ok", [
        Edit("deploy/schema/r_receipts.sql", "r.alert_id <> k.alert_id", "false"),
    ], ["test_notify_receipts.py::test_after_an_answer_a_plain_ok_takes_nothing_that_waited_before_it"]),
    Mutant("open-texts-by-a-yes-while-an-alert-waits", [
        Edit("deploy/schema/r_receipts.sql", "and not (w.word = 'YES' and v_waiting <> '[]')", ""),
    ], ["test_notify_receipts.py::test_while_an_alert_waits_yes_opens_no_texts_and_start_does"]),
    Mutant("preview-no-message-that-hands-over", [
        Edit("common/message/sample.c", "now->handed = shape->handed;", "now->handed = 0;"),
    ], ["unit/test_notify_preview"]),
    Mutant("end-a-link-when-the-case-of-a-mail-address-changes", [
        Edit("deploy/schema/r_visibility.sql", "else lower(p_address) end", "else p_address end"),
    ], ["test_notify_rights.py::test_a_link_ends_when_its_contact_has_another_name_or_address"]),
    Mutant("count-on-people-whom-the-rule-for-sealed-calls-cannot-reach", [
        Edit("services/ctl/sql/cmd_doctor.sql", "      and w.channels && c.channels\n", ""),
    ], ["test_ctl_admin.py::test_doctor_says_whom_sealed_calls_reach"]),
    Mutant("send-a-drill-before-live-messages", [
        Edit("services/notify/decide/drill.c", ".lane = LANE_DRILL,", ".lane = LANE_URGENT,"),
    ], ["unit/test_notify_drill"]),
    Mutant("ask-who-has-a-call-that-was-over-before-it-was-told", [
        Edit("deploy/schema/r_budget.sql", "then 'held' else p_state end,", "then 'held' else 'open' end,"),
    ], ["test_notify_alarm.py::test_a_call_that_was_over_when_it_was_heard_of_asks_nobody"]),
    Mutant("say-that-an-agency-without-a-key-is-up-again", [
        Edit("deploy/schema/r_watch_alarm.sql", "gone = f.\"check\" in (", "gone = false and f.\"check\" in ("),
    ], ["test_notify_alarm.py::test_an_agency_whose_key_is_revoked_is_not_up_again"]),
    Mutant("name-no-summary-in-an-alarm", [
        Edit("services/notify/decide/subject_alarm.c", ".summary = json_is_true(", ".summary = finding && !json_is_true("),
    ], ["test_notify_alarm.py::test_an_unanswered_summary_is_named_as_one"]),
    Mutant("tell-a-closed-call-when-the-one-beside-it-is-withdrawn", [
        Edit("deploy/schema/r_folded_call.sql", "if i.status <> 'closed' then", "if i.status <> '' then"),
    ], ["test_notify_two_agencies.py::test_a_second_that_closed_before_the_first_was_withdrawn_is_no_new_call"]),
    Mutant("say-of-a-sealed-place-that-it-is-told-more-exactly", [
        Edit("common/message/facts.c", " && was->sensitivity == FACTS_SAY_ALL &&", " &&"),
    ], ["unit/test_notify_message"]),
    Mutant("list-who-became-a-contact-after-the-drill", [
        Edit("deploy/schema/r_watch_drill.sql", "where r.from_at <= t.then and r.to_at > t.then", "where true"),
    ], ["test_notify_drill.py::test_who_became_a_contact_later_is_not_in_it"]),
    Mutant("raise-alarms-about-alarms", [
        Edit("deploy/schema/r_watch.sql", "           and a.subject_kind not in ('alarm', 'drill')\n", ""),
    ], ["test_notify_alarm.py::test_an_alarm_that_cannot_be_told_raises_no_alarm"]),
    Mutant("read-a-column-that-is-missing-as-null", [
        Edit("services/notify/row_refuse.c", "    if (!gap->column[0])\n", "    if (gap)\n"),
    ], ["test_notify_aside.py::test_messages_whose_statement_lacks_a_column_are_set_aside_and_the_rest_goes_on"]),
    Mutant("stay-green-while-no-bounce-is-read", [
        Edit("services/notify/receipts/bounces.c", "++bounces->failed >= FAILED_MOST", "++bounces->failed < 0"),
    ], ["test_notify_bounces.py::test_a_mailbox_that_cannot_be_read_is_not_green"]),
    Mutant("let-what-was-claimed-ahead-lose-its-turn", [
        Edit("services/notify/sql/delivery.sql", "e.becomes = 'queued' and not e.tried and e.wait_ms = 0", "false"),
    ], ["test_notify_claim.py::test_a_later_alert_overtakes_no_message_that_was_claimed_ahead"]),
    Mutant("send-what-waited-until-it-was-old", [
        Edit("services/notify/channel/provider.c", "PATIENCE_US = SECOND_US / 4,", "PATIENCE_US = SECOND_US * 4,"),
    ], ["test_notify_claim.py::test_a_message_that_was_claimed_ahead_says_nothing_that_is_not_so_any_more[cancelled]"]),
    Mutant("claim-a-message-without-a-row-for-ever", [
        Edit("services/notify/delivery.c", "if (PQntuples(result) != share->count) {", "if (false) {"),
    ], ["test_notify_aside.py::test_a_message_whose_call_is_gone_fails_with_a_reason_and_the_others_go_on"]),
    Mutant("repeat-by-the-relay-that-may-have-lost-it", [
        Edit("deploy/schema/r_watch.sql", "else p_attempts > 0 or not l.mine end", "else p_attempts > 0 or l.mine end"),
    ], ["test_notify_second.py::test_after_a_kill_a_mail_goes_by_the_relay_that_cannot_have_lost_it"]),
    Mutant("keep-links-without-their-key", [
        Edit("common/link_key.c", "bool keyed = key && key->is_set;", "bool keyed = false;"),
    ], ["unit/test_notify_rules",
        "test_notify_links.py::test_a_copy_of_the_database_and_another_key_open_no_link"]),
    Mutant("tell-nobody-who-has-an-alert", [
        Edit("common/message/facts.c", "        changed |= CHANGED_HOLDERS;", "        changed |= 0;"),
    ], ["test_notify_conversation.py::test_who_was_told_learns_who_has_it_once", "unit/test_notify_simulation"]),
    Mutant("leave-an-alert-acknowledged-that-was-given-back", [
        Edit("deploy/schema/r_notify.sql", "acknowledged_at = case when not h.enough then null when",
             "acknowledged_at = case when false then null when"),
    ], ["test_notify_conversation.py::test_with_enough_others_it_stays_acknowledged"]),
    Mutant("clear-what-an-imported-file-lacks", [
        Edit("services/ctl/import_row.c", ": import_stored(import, column);", ": NULL;"),
    ], ["test_ctl_columns.py::test_columns_that_a_contact_file_lacks_stay_and_empty_cells_clear"]),
    Mutant("give-a-successor-the-addresses-of-the-one-before", [
        Edit("services/ctl/cmd_contact.c", 'strcmp(another, "no") == 0', 'strcmp(another, "none") != 0'),
    ], ["test_ctl_columns.py::test_another_person_gets_neither_the_addresses_nor_the_rights_of_the_one_before"]),
    Mutant("ignore-a-column-that-is-not-known", [
        Edit("services/ctl/import_columns.c", "        if (is_feature(import))\n", "        if (err == 0)\n"),
    ], ["test_ctl_columns.py::test_all_columns_that_are_not_known_are_named_at_once"]),
    Mutant("list-times-for-people-in-utc", [
        Edit("services/ctl/main.c", "named ? args->operand[0] : NULL);", 'named ? "" : NULL);'),
    ], ["test_ctl_times.py::test_a_list_has_times_of_the_district_and_names_its_zone_once"]),
    Mutant("name-the-first-bad-cell-of-a-row-alone", [
        Edit("services/ctl/import.c", "    } while (is_refused(err) && ", "    } while (!is_refused(err) && "),
    ], ["test_ctl_columns.py::test_all_cells_of_a_row_that_are_not_valid_are_named_at_once"]),
    Mutant("count-without-a-line-in-the-page", [
        Edit("services/intake/session/zap.c", '"refused_key", label, 1', '"refused_keys", label, 1'),
    ], ["test_settings.py::test_the_counters_that_are_listed_are_those_that_are_counted"]),
]
