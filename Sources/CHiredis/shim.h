#pragma once
#include <hiredis/hiredis.h>

/* errstr is a fixed C array, which Swift imports as a 128-element tuple; a pointer is all that is wanted. */
static inline const char *CHiredis_readerError(const redisReader *reader) { return reader->errstr; }
