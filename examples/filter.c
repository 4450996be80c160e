/* Learns an unknown filter from what goes into it and what comes out, with step.h and C alone.
 *
 * The gradient step of filter.py is compiled into libstep.a; the weights live in a step_state of
 * ours. How to build it stands in filter.py.
 */
#include <stdio.h>

#include "step.h"

enum { TAPS = sizeof(((step_state *)0)->weights) / sizeof(float), SAMPLES = 4000 };

static const float unknown[TAPS] = {0.5f, -0.25f, 0.125f, 0.0f, 0.75f, 0.0f, -0.5f, 0.25f};

/* Numbers from -1 to 1, the same on every machine. */
static float noise(void) {
    static uint32_t seed = 1;
    seed = seed * 1664525u + 1013904223u;
    return (float)(seed >> 8) / 8388608.0f - 1.0f;
}

int main(void) {
    step_state state;
    float history[TAPS] = {0}, guess, squares = 0;
    int n, k;
    if (step_state_init(&state, sizeof state) != SYMC_OK) return 1;
    for (n = 1; n <= SAMPLES; n++) {
        float wanted = 0;
        for (k = TAPS - 1; k > 0; k--) history[k] = history[k - 1];
        history[0] = noise();
        for (k = 0; k < TAPS; k++) wanted += unknown[k] * history[k];
        if (step_flat(history, &wanted, &state, &guess, NULL) != SYMC_OK) return 1;
        squares += (wanted - guess) * (wanted - guess);
        if (n % (SAMPLES / 5) == 0) {
            printf("%4d samples: mean squared error %.7f\n", n, squares / (SAMPLES / 5));
            squares = 0;
        }
    }
    printf("\n  true    learnt\n");
    for (k = 0; k < TAPS; k++) printf("%7.4f  %7.4f\n", unknown[k], state.weights[k]);
    for (k = 0; k < TAPS; k++) {
        float difference = state.weights[k] - unknown[k];
        if (difference > 1e-3f || difference < -1e-3f) return 1;
    }
    return 0;
}
