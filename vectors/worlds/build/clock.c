/* Preloaded into delv: the time of day stands at $CLOCK. libfaketime moves timers too, and delv then waits for ever. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static time_t fixed(void) { return atoll(getenv("CLOCK")); }

int clock_gettime(clockid_t clock, struct timespec *out) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, out);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) out->tv_sec = fixed();
    return result;
}

time_t time(time_t *out) {
    if (out) *out = fixed();
    return fixed();
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
    (void)zone;
    out->tv_sec = fixed(), out->tv_usec = 0;
    return 0;
}
