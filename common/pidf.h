/*
 * pidf: reads the street parts and the point out of a PIDF-LO document (RFC 4119, 5139, 5491). All
 * else in it (place names, landmarks, the presence entity, who provided it) is never looked at.
 * External entities are never resolved; a document type declaration ends the reading. Safe on any
 * thread.
 */
#ifndef LIAISON_PIDF_H
#define LIAISON_PIDF_H

#include <stddef.h>

struct pidf {
    char address[161];     /* HNO PRD RD STS POD, or "" */
    char municipality[61]; /* A3, or "" */
    double latitude;       /* WGS 84 degrees, NaN if no point is given */
    double longitude;
};

enum { PIDF_MAX_CORNERS = 256 };

/* The centroid of a ring of corners, latitude and longitude by turns; their mean where they lie on
 * one line. Nothing is written if there are fewer than three. */
void pidf_centroid(const double *pairs, size_t count, double *latitude, double *longitude);

/*
 * Of an area (polygon, circle, ellipse, arc band, prism) the point is its centre.
 * Returns 0, or ERR_SYNTAX or ERR_NOMEM; out then holds what was complete before the defect. Text
 * is UTF-8 with single spaces; an address or municipality that does not fit is left out.
 */
int pidf_read(struct pidf *out, const char *xml, size_t size);

#endif
