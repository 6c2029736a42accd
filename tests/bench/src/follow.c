/* follow FILE [BYTES]: reads an iteration's log, or so many bytes of it, as the watchdog's tail does, in the same
 * pieces and turns (supervisor/run/tail.c), and says as one JSON line what came out and how much memory was resident at
 * most. That is VmHWM: the maxima of getrusage begin with what the parent had at the fork. */
#include "agents/output.h"
#include "supervisor/base/mem.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One turn; false: that was all. */
static bool turn(struct output *o, int fd, int64_t most)
{
    char piece[OUTPUT_PIECE];
    int64_t before = o->bytes;
    while (o->bytes - before < OUTPUT_TURN) {
        ssize_t n = pread(fd, piece, sizeof piece, o->bytes);
        if (n <= 0 || o->bytes >= most)
            return false;
        output_feed(o, piece, (size_t)n);
    }
    return true;
}

static long most_resident_kib(void)
{
    char line[256];
    long kib = -1;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && kib < 0 && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %ld", &kib) != 1)
            kib = -1;
    if (f)
        fclose(f);
    return kib;
}

int main(int argc, char **argv)
{
    int fd = argc == 2 || argc == 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    int64_t most = argc == 3 ? atoll(argv[2]) : INT64_MAX;
    if (fd < 0) {
        fprintf(stderr, "usage: follow FILE [BYTES]\n");
        return 2;
    }
    mem_hook_cjson();
    struct output o;
    output_init(&o, "main");
    while (turn(&o, fd, most))
        ;
    output_end(&o);
    printf("{\"bytes\":%lld,\"calls\":%lld,\"results\":%zu,\"tokens_out\":%lld,\"live\":%d,\"kib\":%ld}\n",
           (long long)o.bytes, (long long)o.transcript.calls, o.transcript.results, (long long)o.transcript.tokens_out,
           (int)output_live(&o), most_resident_kib());
    output_clear(&o);
    return 0;
}
