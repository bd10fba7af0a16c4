/* fuzz: shared code of the targets. A violated property is printed and aborts the process. */
#ifndef LIAISON_FUZZ_H
#define LIAISON_FUZZ_H

#include "event.h"

#include <stddef.h>
#include <stdint.h>

/* 2026-11-24T00:00:00Z: a fixed clock, so that a corpus has the same meaning on every day. */
#define FUZZ_NOW INT64_C(1795478400000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void fuzz_require(int holds, const char *property);

/*
 * Properties of every event that a decoder accepted: its encoding can be decoded without a loss and
 * encodes the same again, every text in it is fit for PostgreSQL, no code in it should have been
 * withheld.
 */
void fuzz_check_event(const struct event *event);
/* Properties of every error: a known code, printable texts, a reason. */
void fuzz_check_error(int err, const struct error *error);

#endif
