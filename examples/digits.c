/* Classifies handwritten digits with the network that digits.py has trained and compiled.
 *
 *     digits FILE
 *
 * FILE holds digits of 64 pixels (float, 0 to 1) and a label (int32_t). Only predict.h, libpredict.so
 * and the C library are used.
 */
#include <stdio.h>
#include <stdlib.h>

#include "predict.h"

enum { SIDE = 8, PIXELS = SIDE * SIDE, MOST = 1000 };

typedef struct {
    float pixels[PIXELS];
    int32_t label;
} digit;

static digit digits[MOST];
static float pixels[MOST][PIXELS];
static int64_t found[MOST];
static float probability[MOST];

static void draw(const float *image) {
    static const char shades[] = " .:-=+*#%@";
    for (int row = 0; row < SIDE; row++) {
        fputs("    ", stdout);
        for (int column = 0; column < SIDE; column++) {
            char shade = shades[(int)(image[row * SIDE + column] * 9.0f + 0.5f)];
            printf("%c%c", shade, shade);
        }
        putchar('\n');
    }
}

static int64_t read_digits(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    int64_t count = (int64_t)fread(digits, sizeof digits[0], MOST, file);
    fclose(file);
    for (int64_t k = 0; k < count; k++)
        for (int i = 0; i < PIXELS; i++) pixels[k][i] = digits[k].pixels[i];
    return count;
}

int main(int arguments, char **argument) {
    if (arguments != 2) {
        fprintf(stderr, "usage: %s FILE\n", argument[0]);
        return 2;
    }
    int64_t count = read_digits(argument[1]);

    /* All digits in one call; the workspace depends on how many there are. */
    size_t bytes = (size_t)predict_flat_work(count);
    void *work = aligned_alloc(64, bytes);
    symc_status status = predict_flat(&pixels[0][0], count, found, probability, work);
    free(work);
    if (status != SYMC_OK) {
        fprintf(stderr, "predict failed with status %d\n", (int)status);
        return 1;
    }

    int64_t right = 0;
    for (int64_t k = 0; k < count; k++) right += found[k] == digits[k].label;
    printf("\n%d digits that training has not seen: %d right, %.1f %%\n\n", (int)count, (int)right,
           100.0 * (double)right / (double)count);
    draw(pixels[0]);
    printf("\n    this is a %d (%.1f %% sure; it was written as a %d)\n", (int)found[0],
           100.0 * probability[0], (int)digits[0].label);
    return 100 * right >= 96 * count ? 0 : 1;
}
