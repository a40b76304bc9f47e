#ifndef GATEHOUSE_ALLOCATOR_H
#define GATEHOUSE_ALLOCATOR_H

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

/// Has glibc join what is freed with its neighbours at once, instead of keeping small pieces in lists until somebody asks
/// for a large one: after thousands of connections have gone, joining them all took the event loop as much as 30 ms.
/// Does nothing where the C library is another one.
static inline void allocator_join_at_once(void) {
#ifdef __GLIBC__
    mallopt(M_MXFAST, 0);
#endif
}

#endif
