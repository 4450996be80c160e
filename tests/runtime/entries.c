/* Small entry points by hand, in the shape that the compiler gives them. */
#include <string.h>
#include <symc/symc.h>

typedef symc_tensor* const* outputs;
typedef const symc_tensor* const* inputs;

static int64_t count(const symc_tensor* t) {
    int64_t n = 1;
    for (int32_t i = 0; i < t->ndim; i++) n *= t->shape[i];
    return n;
}

static symc_status give(const symc_host* host, int32_t index, symc_tensor* out,
                        const symc_tensor* like) {
    for (int32_t i = 0; i < out->ndim; i++) out->shape[i] = like->shape[i];
    return host->output(host->user, index, out);
}

static symc_status refuse(const symc_host* host, symc_status code, int32_t arg, int32_t dim,
                          int64_t expected, int64_t got) {
    host->error->arg = arg;
    host->error->dim = dim;
    host->error->expected = expected;
    host->error->got = got;
    host->error->site = 7;
    return host->error->code = code;
}

/* y = x + 1, float64 of any rank */
symc_status add_one(const symc_host* host, outputs state, inputs in, outputs out) {
    symc_status status = give(host, 0, out[0], in[0]);
    if (status) return status;
    const double* x = in[0]->data;
    double* y = out[0]->data;
    for (int64_t i = 0, n = count(in[0]); i < n; i++) y[i] = x[i] + 1;
    return SYMC_OK;
}

static symc_status give_copy(const symc_host* host, int32_t index, symc_tensor* out,
                             const symc_tensor* x) {
    symc_status status = give(host, index, out, x);
    if (status) return status;
    memcpy(out->data, x->data, (size_t)(count(x) * x->dtype.bits / 8));
    return SYMC_OK;
}

/* y = x, bytes as they are */
symc_status copy(const symc_host* host, outputs state, inputs in, outputs out) {
    return give_copy(host, 0, out[0], in[0]);
}

/* two outputs: x and w, which is state */
symc_status both(const symc_host* host, outputs state, inputs in, outputs out) {
    symc_status status = give_copy(host, 0, out[0], in[0]);
    return status ? status : give_copy(host, 1, out[1], state[0]);
}

symc_status nothing(const symc_host* host, outputs state, inputs in, outputs out) {
    return SYMC_OK;
}

symc_status bad_shape(const symc_host* host, outputs state, inputs in, outputs out) {
    return refuse(host, SYMC_E_SHAPE, 0, 1, 3, in[0]->shape[1]);
}

symc_status bad_output(const symc_host* host, outputs state, inputs in, outputs out) {
    return host->output(host->user, 5, out[0]);
}

/* y = zeros(n): as large as asked for */
symc_status zeros(const symc_host* host, outputs state, inputs in, outputs out) {
    out[0]->shape[0] = *(const int64_t*)in[0]->data;
    symc_status status = host->output(host->user, 0, out[0]);
    if (status == SYMC_OK) memset(out[0]->data, 0, (size_t)out[0]->shape[0] * 8);
    return status;
}

static void* reserve(const symc_host* host, size_t bytes) {
    if (bytes <= host->workspace_bytes) return host->workspace;
    return host->alloc(host->user, bytes, 64);
}

static void put_back(const symc_host* host, void* p, size_t bytes) {
    if (p != host->workspace) host->release(host->user, p, bytes, 64);
}

/* y = w (old), w -= x: checks, memory, body, commit */
symc_status descend(const symc_host* host, outputs state, inputs in, outputs out) {
    symc_tensor* w = state[0];
    int64_t n = w->shape[0];
    if (in[0]->shape[0] != n) return refuse(host, SYMC_E_SHAPE, 0, 0, n, in[0]->shape[0]);
    size_t bytes = (size_t)n * 8;
    double* next = reserve(host, bytes);
    if (!next) return SYMC_E_NOMEM;
    symc_status status = give(host, 0, out[0], w);
    if (!status) {
        host->begin(host->user, (double)n);
        status = host->poll(host->user);
    }
    if (!status) {
        const double* x = in[0]->data;
        const double* old = w->data;
        for (int64_t i = 0; i < n; i++) next[i] = old[i] - x[i];
        memcpy(out[0]->data, old, bytes);
        memcpy(w->data, next, bytes);
    }
    put_back(host, next, bytes);
    return status;
}

/* w = x reversed, in place: wrong if x is w */
symc_status reverse(const symc_host* host, outputs state, inputs in, outputs out) {
    double* w = state[0]->data;
    const double* x = in[0]->data;
    for (int64_t i = 0, n = state[0]->shape[0]; i < n; i++) w[i] = x[n - 1 - i];
    return SYMC_OK;
}

/* poll until stopped, at most in[0] million times; w = 1 at the end */
symc_status spin(const symc_host* host, outputs state, inputs in, outputs out) {
    host->begin(host->user, *(const double*)in[1]->data);
    for (int64_t i = 0, n = *(const int64_t*)in[0]->data * 1000000; i < n; i++) {
        symc_status status = host->poll(host->user);
        if (status) return status;
    }
    *(double*)state[0]->data = 1;
    return SYMC_OK;
}

/* poll once and go on whatever the answer */
symc_status deaf(const symc_host* host, outputs state, inputs in, outputs out) {
    host->poll(host->user);
    return SYMC_OK;
}

/* return when in[0] calls are inside at once; SYMC_E_DEADLINE after in[1] million rounds */
static volatile int64_t inside;
symc_status meet(const symc_host* host, outputs state, inputs in, outputs out) {
    host->begin(host->user, 1e9);
    __sync_fetch_and_add(&inside, 1);
    int64_t want = *(const int64_t*)in[0]->data;
    symc_status status = SYMC_E_DEADLINE;
    for (int64_t i = *(const int64_t*)in[1]->data * 1000000; i > 0 && status; i--)
        if (inside >= want) status = SYMC_OK;
    return status;
}
void leave(void) { inside = 0; }

/* report how the workspace and the hooks look: bytes, alignment, abi, sizes */
symc_status look(const symc_host* host, outputs state, inputs in, outputs out) {
    out[0]->shape[0] = 6;
    symc_status status = host->output(host->user, 0, out[0]);
    if (status) return status;
    int64_t* y = out[0]->data;
    void* p = host->alloc(host->user, 1000, 64);
    y[0] = (int64_t)host->workspace_bytes;
    y[1] = (int64_t)((uintptr_t)host->workspace % 64);
    y[2] = (int64_t)((uintptr_t)p % 64);
    y[3] = host->abi;
    y[4] = host->struct_size;
    y[5] = host->error->struct_size;
    host->release(host->user, p, 1000, 64);
    return SYMC_OK;
}

/* take and return work memory of in[0] bytes */
symc_status churn(const symc_host* host, outputs state, inputs in, outputs out) {
    size_t bytes = (size_t)*(const int64_t*)in[0]->data;
    char* p = host->alloc(host->user, bytes, 64);
    if (!p) return SYMC_E_NOMEM;
    p[0] = p[bytes - 1] = 1;
    host->release(host->user, p, bytes, 64);
    return SYMC_OK;
}

/* fill in[0] bytes of work memory with in[1]; SYMC_E_INTERNAL if somebody else wrote there */
symc_status fill(const symc_host* host, outputs state, inputs in, outputs out) {
    size_t bytes = (size_t)*(const int64_t*)in[0]->data;
    char seed = (char)*(const int64_t*)in[1]->data;
    host->begin(host->user, 1e9);
    char* p = host->alloc(host->user, bytes, 64);
    if (!p) return SYMC_E_NOMEM;
    memset(p, seed, bytes);
    symc_status status = SYMC_OK;
    for (size_t i = 0; i < bytes; i++)
        if (((volatile char*)p)[i] != seed) status = SYMC_E_INTERNAL;
    host->release(host->user, p, bytes, 64);
    return status;
}
