/*
 * slab.h - memory for the many small records that live long: the futures and
 * what became of them. Sizes of a class lie together in runs of a block that
 * the system is asked to back by one large page, so that a service that keeps
 * more and more of them is not stopped by a page fault for every tenth.
 *
 * For the loop thread only. Records of one size take each other's places, and
 * blocks in which nothing is left are given back: it never holds more than the
 * most that there was at once, and a share of a run for each size.
 */
#ifndef SERVER_SLAB_H
#define SERVER_SLAB_H

#include <stddef.h>

/* Larger ones are malloc's. */
#define SLAB_MAX 1024

/* Bytes aligned for any type, not cleared. NULL: out of memory. */
void *slab_alloc(size_t size);

/* Frees what slab_alloc gave for a request of this very size. */
void slab_free(void *ptr, size_t size);

/* Bytes that blocks take up, for tests. */
size_t slab_bytes(void);

#endif
