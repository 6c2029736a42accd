/* main for a fuzz target without libFuzzer: every file of the folders named, then `runs` inputs of chance, the same
 * each time. Half of them are other inputs, changed. usage: TARGET RUNS FOLDER... */
#include "tests/fuzz/fuzz.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 4096, KEPT_MAX = 512 };

static uint64_t state = 0x9E3779B97F4A7C15u;

/* xorshift64*, below n. */
static size_t below(size_t n)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (size_t)((state * 2685821657736338717u) >> 33) % n;
}

struct input {
    size_t n;
    uint8_t bytes[INPUT_MAX];
};

/* From a block that ends with its last byte, so that a look past it is seen. */
static void run(const struct input *x)
{
    uint8_t *exact = malloc(x->n ? x->n : 1);
    if (!exact)
        abort();
    memcpy(exact, x->bytes, x->n);
    LLVMFuzzerTestOneInput(exact, x->n);
    free(exact);
}

/* The files of a folder, run and kept; how many are kept then. */
static size_t run_folder(const char *folder, struct input *kept, size_t n)
{
    DIR *dir = opendir(folder);
    if (!dir) {
        fprintf(stderr, "no folder %s\n", folder);
        exit(2);
    }
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "rb");
        if (!f)
            continue;
        struct input *x = &kept[n < KEPT_MAX ? n++ : KEPT_MAX - 1];
        x->n = fread(x->bytes, 1, sizeof x->bytes, f);
        fclose(f);
        run(x);
    }
    closedir(dir);
    return n;
}

static void change(struct input *x, const struct input *other)
{
    for (size_t times = 1 + below(8); times > 0; times--) {
        size_t at = x->n ? below(x->n) : 0;
        switch (below(4)) {
        case 0:
            if (x->n)
                x->bytes[at] = (uint8_t)below(256);
            break;
        case 1: x->n = at; break;
        case 2: /* a piece of the other one in its place */
            if (other->n) {
                size_t from = below(other->n), n = 1 + below(other->n - from);
                n = n > INPUT_MAX - at ? INPUT_MAX - at : n;
                memcpy(x->bytes + at, other->bytes + from, n);
                x->n = at + n > x->n ? at + n : x->n;
            }
            break;
        case 3:
            if (x->n < INPUT_MAX) {
                memmove(x->bytes + at + 1, x->bytes + at, x->n - at);
                x->bytes[at] = (uint8_t)below(256);
                x->n++;
            }
            break;
        default: break;
        }
    }
}

int main(int argc, char **argv)
{
    struct input *kept = calloc(KEPT_MAX + 1, sizeof *kept), *x;
    size_t n = 0;
    if (argc < 2 || !kept)
        return 2;
    for (int i = 2; i < argc; i++)
        n = run_folder(argv[i], kept, n);
    x = &kept[KEPT_MAX];
    for (long runs = strtol(argv[1], NULL, 10); runs > 0; runs--) {
        if (n && below(2)) {
            *x = kept[below(n)];
            change(x, &kept[below(n)]);
        } else {
            x->n = below(256);
            for (size_t i = 0; i < x->n; i++)
                x->bytes[i] = (uint8_t)below(256);
        }
        run(x);
    }
    printf("%zu files of the corpus, and the runs\n", n);
    free(kept);
    return 0;
}
