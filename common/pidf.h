/*
 * pidf: reads the street parts and the point out of a PIDF-LO document (RFC 4119, 5139, 5491). All
 * other content (place names, landmarks, the presence entity, the provider) is never read. External
 * entities are never resolved; a document type declaration ends the reading. Safe on any thread.
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

/* The centroid of a ring of corners (pairs: latitude, longitude, latitude, ...), or their mean if
 * they lie on one line. Nothing is written if there are fewer than three corners. */
void pidf_centroid(const double *pairs, size_t count, double *latitude, double *longitude);

/*
 * The point of an area (polygon, circle, ellipse, arc band, prism) is its centre. Returns 0, or
 * ERR_SYNTAX or ERR_NOMEM; out then holds what was complete before the error. Text is UTF-8 with
 * single spaces; an address or municipality that does not fit is left out.
 */
int pidf_read(struct pidf *out, const char *xml, size_t size);

#endif
