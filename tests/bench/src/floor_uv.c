/* The smallest respawning parent on libuv: uv_spawn, and again at each end. floor_uv FILE, as floor.c. With
 * FLOOR_JSON=1
 * in the environment it uses cJSON once, so that its pages are counted: what a supervisor on these two libraries has
 * before it does anything. */
#include <cjson/cJSON.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { SERVICES_MAX = 64, WORDS_MAX = 32 };
static char *args[SERVICES_MAX][WORDS_MAX];
static uv_process_t *running[SERVICES_MAX];
static int services;
static int stopping;
static void start(int i);

static void closed(uv_handle_t *h)
{
    free(h);
}

static void ended(uv_process_t *p, int64_t status, int sig)
{
    int i = (int)(long)p->data;
    (void)status;
    (void)sig;
    running[i] = NULL;
    if (!stopping)
        start(i);
    uv_close((uv_handle_t *)p, closed);
}

static void start(int i)
{
    uv_stdio_container_t io[3];
    for (int k = 0; k < 3; k++)
        io[k] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = k};
    uv_process_options_t o = {.file = args[i][0], .args = args[i], .stdio = io, .stdio_count = 3, .exit_cb = ended};
    uv_process_t *p = calloc(1, sizeof *p);
    p->data = (void *)(long)i;
    running[i] = p;
    if (uv_spawn(uv_default_loop(), p, &o) != 0)
        exit(3);
}

static void stop(uv_signal_t *h, int sig)
{
    (void)sig;
    stopping = 1;
    for (int i = 0; i < services; i++)
        if (running[i])
            uv_process_kill(running[i], SIGTERM);
    uv_close((uv_handle_t *)h, NULL);
}

int main(int argc, char **argv)
{
    char line[2048];
    uv_signal_t term;
    FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!in)
        return 2;
    while (services < SERVICES_MAX && fgets(line, sizeof line, in)) {
        int n = 0;
        for (char *w = strtok(strdup(line), " \n"); w && n < WORDS_MAX - 1; w = strtok(NULL, " \n"))
            args[services][n++] = w;
        services += n > 0;
    }
    fclose(in);
    if (getenv("FLOOR_JSON")) {
        cJSON *v = cJSON_Parse("{\"a\":[1,2,{\"b\":\"c\"}],\"d\":1.5}");
        free(cJSON_Print(v));
        cJSON_Delete(v);
    }
    uv_signal_init(uv_default_loop(), &term);
    uv_signal_start(&term, stop, SIGTERM);
    for (int i = 0; i < services; i++)
        start(i);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
