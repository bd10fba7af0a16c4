/*
 * url: whether an address in a setting can be called by libcurl, which reads it: scheme://host,
 * perhaps with :port, and with a path behind it. No state; safe on any thread.
 */
#ifndef LIAISON_URL_H
#define LIAISON_URL_H

/* NULL if it can; else the reason, as a static string. The caller checks which scheme it is. */
const char *url_defect(const char *url);

#endif
