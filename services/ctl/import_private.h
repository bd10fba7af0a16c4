/*
 * import_private: for import*.c.
 */
#ifndef LIAISON_CTL_IMPORT_PRIVATE_H
#define LIAISON_CTL_IMPORT_PRIVATE_H

#include "import.h"

/* ERR_ABSENT if the file has a column that the command does not know, with the error and the line
 * filled; all but the last of them are printed. Fills import->ignored from GeoJSON. */
int import_check_columns(struct import *import);
/* ERR_SIZE if a cell of the row is longer than a person writes, ERR_TYPE if it is an object of
 * JSON; but a campus may be both. */
int import_check_cells(struct import *import, size_t row);

#endif
