/*
 * check: shows the events of the first rows of the input, which columns are not read, and which
 * rows would be refused. It uses neither the spool nor the network, and prints no value that is not
 * sent.
 */
#ifndef LIAISON_FEED_CHECK_H
#define LIAISON_FEED_CHECK_H

#include "mapping.h"
#include "options.h"
#include "withhold.h"

#include <stdio.h>

/* 0 if all rows shown become events or are withheld; 1 if some would be refused; negative if the
 * input as a whole cannot be read (error has the reason). */
int check_run(const struct feed_options *options, struct mapping *mapping,
              struct withhold *withhold, FILE *out, struct error *error);

#endif
