#pragma once
#include <crypt.h>
#include <stddef.h>

/* The struct holds arrays that are too long for Swift to import; only its size is wanted. */
static const size_t CCrypt_dataSize = sizeof(struct crypt_data);
