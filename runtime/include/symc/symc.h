/* symc.h - the border between code compiled by symc and its host. C99 and C++11, freestanding.
 *
 * SPDX-License-Identifier: MIT-0. This file may be used, copied, changed and passed on without
 * any condition and without notice; it comes without any warranty.
 *
 * Rules. Structures that may grow begin with their size; fields are only ever appended, so both
 * sides look at `struct_size` before they use one that came later. A compiled function has no
 * globals, calls nothing but the hooks of its host and the code it carries, and is safe in
 * several threads as long as these do not write the same state.
 */
#ifndef SYMC_H_
#define SYMC_H_

#include <stddef.h>
#include <stdint.h>

#define SYMC_ABI_VERSION 1u /* raised only when the meaning of an existing field changes */

#if defined(_WIN32) && !defined(_WIN64)
#define SYMC_CALL __cdecl
#else
#define SYMC_CALL
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* 0 is success, a negative value one of the errors; values are never used again for another. */
typedef int32_t symc_status;
enum {
    SYMC_OK = 0,
    SYMC_E_NULL = -1,       /* a pointer that must be given is NULL */
    SYMC_E_DTYPE = -2,      /* element type of an argument */
    SYMC_E_RANK = -3,       /* number of dimensions of an argument */
    SYMC_E_SHAPE = -4,      /* two sizes that must agree do not */
    SYMC_E_STRIDE = -5,     /* an argument is not in C order */
    SYMC_E_ALIGN = -6,      /* an argument is not aligned to its items */
    SYMC_E_DEVICE = -7,     /* an argument lives on another device */
    SYMC_E_ALIAS = -8,      /* two arguments overlap that must not */
    SYMC_E_WORKSPACE = -9,  /* the workspace is too small and there is no allocator */
    SYMC_E_NOMEM = -10,     /* an allocation failed */
    SYMC_E_ABI = -11,       /* the host speaks another version */
    SYMC_E_CPU = -12,       /* the processor lacks an instruction set */
    SYMC_E_CANCELLED = -13, /* the poll hook or the cancel word asked to stop */
    SYMC_E_DEADLINE = -14,  /* out of time */
    SYMC_E_NAN = -15,       /* a value that must be a number is not */
    SYMC_E_ASSERT = -16,    /* an assertion of the program failed */
    SYMC_E_INDEX = -17,     /* an index outside its dimension */
    SYMC_E_DOMAIN = -18,    /* a value outside a function's domain */
    SYMC_E_STATE = -19,     /* state that does not fit the function */
    SYMC_E_GPU = -20,       /* an error of the device */
    SYMC_E_INTERNAL = -99   /* a defect of symc or of the host */
};

typedef struct {
    int32_t type; /* DLPack's DLDeviceType; 1 is the CPU */
    int32_t id;
} symc_device;

enum {
    SYMC_INT = 0,
    SYMC_UINT = 1,
    SYMC_FLOAT = 2,
    SYMC_BFLOAT = 4,
    SYMC_COMPLEX = 5,
    SYMC_BOOL = 6
};

typedef struct {
    uint8_t code; /* one of the above, as DLPack's DLDataTypeCode */
    uint8_t bits;
    uint16_t lanes; /* 1 */
} symc_dtype;

/* A tensor: DLPack's DLTensor byte for byte. */
typedef struct {
    void* data;
    symc_device device;
    int32_t ndim;
    symc_dtype dtype;
    int64_t* shape;
    int64_t* strides; /* in elements; NULL is C order */
    uint64_t byte_offset;
} symc_tensor;

/* What went wrong; filled on failure where the host gives one. */
typedef struct {
    uint32_t struct_size;
    symc_status code;
    int32_t arg; /* index of the argument, or -1; with a site the step of its loop, or -1 */
    int32_t dim; /* index of the dimension, or -1 */
    int64_t expected;
    int64_t got;
    int32_t site; /* number of the operation that failed, or -1 */
    int32_t reserved;
    const char* where; /* "model.py:41" of the user's source, or NULL */
    const char* what;  /* one line of text, or NULL */
} symc_error;

typedef void(SYMC_CALL* symc_body)(void* closure, int64_t lower, int64_t upper);

/* What a compiled function may ask of its host. Any pointer may be NULL; `user` goes to each. */
typedef struct {
    uint32_t struct_size;
    uint32_t abi;
    void* user;
    /* Return memory with this alignment, or NULL; without the hook nothing is allocated. */
    void*(SYMC_CALL* alloc)(void* user, size_t bytes, size_t align);
    void(SYMC_CALL* release)(void* user, void* p, size_t bytes, size_t align);
    /* Provide the data of an output whose shape and dtype have been filled in. */
    symc_status(SYMC_CALL* output)(void* user, int32_t index, symc_tensor* out);
    /* Hear that the arguments are checked and about how long the work will take. */
    void(SYMC_CALL* begin)(void* user, double nanoseconds);
    /* Return SYMC_OK to go on; called at the edges of chunks and steps of long work. */
    symc_status(SYMC_CALL* poll)(void* user);
    /* Run body(closure, lower, upper) over parts of 0..n, none shorter than grain but the last, in
     * up to max_threads threads; return when all have run, whatever is returned. */
    symc_status(SYMC_CALL* parallel_for)(void* user, int64_t n, int64_t grain, symc_body body,
                                         void* closure);
    int32_t max_threads;
    int32_t reserved0;
    void(SYMC_CALL* log)(void* user, int32_t level, const char* text);
    const volatile int32_t* cancel; /* not 0: stop at the next poll */
    void* stream;                   /* the device's queue */
    void* workspace;                /* scratch memory of the host, aligned to 64 bytes, or NULL */
    size_t workspace_bytes;
    symc_error* error; /* where to describe a failure, or NULL */
    /* Make the host's call number `call`, of its function `callee`, and store the n_sizes sizes of
     * all results, one after the other. Only code that was compiled to call its host needs this. */
    symc_status(SYMC_CALL* call)(void* user, int32_t callee, int32_t call, int32_t n_in,
                                 const symc_tensor* in, int32_t n_sizes, int64_t* sizes);
    /* Copy a result of a call, whose sizes must be those of `out`; `site` asked for it. */
    symc_status(SYMC_CALL* receive)(void* user, int32_t call, int32_t index, int32_t site,
                                    const symc_tensor* out);
} symc_host;

/* A compiled function. All tensors are in C order and aligned to their items. state[i] is read and,
 * by the last thing the call does, written in place; no failed call has changed any. An out[i]
 * whose data is NULL gets it from the output hook. */
typedef symc_status(SYMC_CALL* symc_entry)(const symc_host* host, symc_tensor* const* state,
                                           const symc_tensor* const* in, symc_tensor* const* out);

/* What an artefact says about itself; NAME_module() returns it. All of it is constant. */

#define SYMC_COMPUTED INT64_MIN /* a size that only the infer function knows */

/* An input, an output or a shared variable. */
typedef struct {
    const char* name;
    symc_dtype dtype;
    int32_t ndim;
    const int64_t* sizes; /* each the size itself, or -1 - k for symbols[k], or SYMC_COMPUTED */
    uint64_t offset;      /* of a shared variable: where its elements begin in the state */
} symc_argument;

typedef struct {
    uint32_t struct_size;
    uint32_t reserved;
    const char* name;
    const char* doc; /* its types on one line */
    uint32_t n_in;
    uint32_t n_out;
    uint32_t n_symbols;
    uint32_t n_state;
    const symc_argument* in;
    const symc_argument* out;
    const char* const* symbols; /* names of the open sizes of the inputs */
    const int32_t* state;       /* which of the module's shared variables it uses */
    /* Store the sizes of all outputs, one after the other, for these inputs. */
    symc_status(SYMC_CALL* infer)(const symc_host* host, const void* state,
                                  const symc_tensor* const* in, int64_t* sizes);
    /* Store the bytes of workspace that a call with these inputs takes. */
    symc_status(SYMC_CALL* work)(const symc_host* host, const void* state,
                                 const symc_tensor* const* in, int64_t* bytes);
    /* Compute the outputs; write the state, if the function has updates, as the last thing. */
    symc_status(SYMC_CALL* call)(const symc_host* host, void* state, const symc_tensor* const* in,
                                 symc_tensor* const* out);
} symc_function;

/* Functions and the state they share: a block of state_bytes bytes, aligned to 8, of the caller's,
 * which holds numbers only, so it may be copied and kept. */
typedef struct {
    uint32_t struct_size;
    uint32_t abi;
    const char* name;
    const char* version; /* of symc */
    const char* target;
    uint32_t n_functions;
    uint32_t n_state;
    const symc_function* const* functions;
    uint64_t state_bytes;
    const symc_argument* state;
    symc_status(SYMC_CALL* state_init)(void* memory, size_t bytes); /* NULL without state */
} symc_module;

#ifdef __cplusplus
}
#endif

#endif /* SYMC_H_ */
