/* fuzz: what the targets share. A broken property prints what broke and aborts. */
#ifndef LIAISON_FUZZ_H
#define LIAISON_FUZZ_H

#include "event.h"

#include <stddef.h>
#include <stdint.h>

/* 2026-11-24T00:00:00Z: what a corpus holds must mean the same on every day. */
#define FUZZ_NOW INT64_C(1795478400000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void fuzz_require(int holds, const char *property);

/*
 * What must hold of every event that a decoder let through: its encoding is decoded again without a
 * loss and encoded the same, every text in it is fit for PostgreSQL, no code in it is one to
 * withhold.
 */
void fuzz_check_event(const struct event *event);
/* What must hold of every error: a known code, printable texts, a reason. */
void fuzz_check_error(int err, const struct error *error);

#endif
