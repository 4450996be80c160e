/* What the machine can do on one thread: multiply-adds, elementary functions, copies.
 *
 * cc -O3 -march=native -ffast-math -mprefer-vector-width=512 limits.c -o limits -lm; ./limits prints one JSON object.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

#define BEST(seconds, times, work)                    \
    double seconds = 1e9;                             \
    for (int round_ = 0; round_ < (times); ++round_) { \
        const double start = now();                   \
        work;                                         \
        const double took = now() - start;            \
        if (took < seconds) seconds = took;           \
    }

typedef float wide __attribute__((vector_size(64)));

/* Twelve chains at once hide the latency of each. */
#define EACH(do) do(a) do(b) do(c) do(d) do(e) do(f) do(g) do(h) do(i) do(j) do(k) do(l)
#define START(sum) wide sum = x;
#define STEP(sum)        \
    sum = sum * x + y;   \
    __asm__ volatile("" : "+v"(sum));

static void chains(int rounds) {
    const wide x = (wide){} + 1.0000001f, y = (wide){} + 1e-9f;
    EACH(START)
    for (int r = 0; r < rounds; ++r) {
        EACH(STEP)
    }
}

static double multiply_adds(void) {
    const int rounds = 200000;
    BEST(seconds, 20, chains(rounds))
    return 2.0 * 16 * 12 * rounds / seconds;
}

#define RATE(name, function)                                                      \
    static double name(float* restrict y, const float* restrict x, int n) {      \
        BEST(seconds, 2000, {                                                     \
            for (int i = 0; i < n; ++i) y[i] = function(x[i]);                   \
            __asm__ volatile("" ::: "memory");                                    \
        })                                                                        \
        return n / seconds;                                                       \
    }
RATE(exp_rate, expf)
RATE(tanh_rate, tanhf)
RATE(log_rate, logf)
RATE(erf_rate, erff)
RATE(sin_rate, sinf)

static double copy_rate(size_t bytes) {
    char *x = aligned_alloc(4096, bytes), *y = aligned_alloc(4096, bytes);
    memset(x, 1, bytes), memset(y, 1, bytes);
    BEST(seconds, 20 + (int)((1 << 24) / bytes), {
        for (size_t done = 0; done < (1 << 22); done += bytes) memcpy(y, x, bytes);
        __asm__ volatile("" ::: "memory");
    })
    const size_t copies = ((1 << 22) + bytes - 1) / bytes;
    free(x), free(y);
    return 2.0 * bytes * copies / seconds;
}

int main(void) {
    enum { n = 2048 };
    static float x[n], y[n];
    for (int i = 0; i < n; ++i) x[i] = (float)(i + 1) / n;
    printf("{\"multiply_adds\": %g, \"exp\": %g, \"tanh\": %g, ", multiply_adds(),
           exp_rate(y, x, n), tanh_rate(y, x, n));
    printf("\"log\": %g, \"erf\": %g, \"sin\": %g, \"copy\": {", log_rate(y, x, n),
           erf_rate(y, x, n), sin_rate(y, x, n));
    const char* comma = "";
    for (size_t bytes = 1 << 12; bytes <= 1 << 26; bytes <<= 2, comma = ", ")
        printf("%s\"%zu\": %g", comma, bytes, copy_rate(bytes));
    printf("}}\n");
}
