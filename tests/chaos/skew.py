"""Give one process a wrong clock: wall time off by some seconds, monotonic time true.

A small library is compiled and loaded before the C library (``LD_PRELOAD``), so that everything in the
process sees the wrong time, whatever language asks. Linux with a C compiler only; elsewhere `environ` gives
None and the test skips with that reason.
"""

import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long offset(void) {
  static long seconds;
  static int read;
  if (!read) { const char *text = getenv("CLOCK_OFFSET_S"); seconds = text ? atol(text) : 0; read = 1; }
  return seconds;
}
int clock_gettime(clockid_t id, struct timespec *at) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int done = real(id, at);
  if (!done && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) at->tv_sec += offset();
  return done;
}
int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
"""


def environ(folder: Path, offset_s: int) -> dict[str, str] | None:
    """Give the variables that put a process's clock off, or None where that cannot be done."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        return None
    library = folder / "clock.so"
    if not library.exists():
        subprocess.run(  # noqa: S603  our own source
            [compiler, "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", str(library), "-ldl"],
            input=SOURCE.encode(), check=True,
        )  # fmt: skip
    return {"LD_PRELOAD": str(library), "CLOCK_OFFSET_S": str(offset_s)}
