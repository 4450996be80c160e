/* Counts what a process asks of its allocator and of the system: loaded before the C library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>

static atomic_long counted;

long allocations(void) { return atomic_load(&counted); }

/* The C library's own names under which it keeps its allocator for those who replace it. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
    atomic_fetch_add(&counted, 1);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    atomic_fetch_add(&counted, 1);
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    atomic_fetch_add(&counted, 1);
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    atomic_fetch_add(&counted, 1);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **place, size_t alignment, size_t size) {
    atomic_fetch_add(&counted, 1);
    *place = __libc_memalign(alignment, size);
    return *place ? 0 : 12;
}

void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
    static void *(*system_mmap)(void *, size_t, int, int, int, off_t);
    atomic_fetch_add(&counted, 1);
    if (!system_mmap) *(void **)&system_mmap = dlsym(RTLD_NEXT, "mmap");
    return system_mmap(at, size, protection, flags, file, offset);
}
