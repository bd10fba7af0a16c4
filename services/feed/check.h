/*
 * check: shows what the first rows of the input become, which columns are not read, and what would
 * be refused. It touches neither the spool nor the network, and prints no value that is not sent.
 */
#ifndef LIAISON_FEED_CHECK_H
#define LIAISON_FEED_CHECK_H

#include "mapping.h"
#include "options.h"
#include "withhold.h"

#include <stdio.h>

/* 0 if all rows shown become events or are withheld; 1 if some would be refused; negative if the
 * input as a whole cannot be read (the fault says why). */
int check_run(const struct feed_options *options, struct mapping *mapping,
              struct withhold *withhold, FILE *out, struct fault *fault);

#endif
