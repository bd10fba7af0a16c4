/*
 * proofs: intake's answers to this stream's digest, kept at the agency: the latest answers in
 * DIR/proofs.tsv, a line each: time, source of the manifest, verdict, records of the section, those
 * that intake has of it, those that are missing, and the sequence up to which it goes. Not
 * thread-safe.
 */
#ifndef LIAISON_FEED_PROOFS_H
#define LIAISON_FEED_PROOFS_H

#include "errors.h"

#include <jansson.h>

/* Keeps an ACCOUNT; ERR_SYNTAX if it is not valid. */
int proofs_keep(int dir, const json_t *proof, struct error *error);

#endif
