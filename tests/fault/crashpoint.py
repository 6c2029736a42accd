"""The other side of crashpoint.c's file: arms it and reads its counts."""

import errno
import mmap
import os
import struct

PROGRAMS = ["run", "keep", "git", "stop", "start"]
CLASSES = [
    "write", "send", "rename", "sync", "fork", "exec", "connect", "accept",
    "bind", "unlink", "create", "lock", "signal", "open", "read", "pipe-read",
]  # fmt: skip
# What changes something in the world: a death between two of the others looks the same from outside.
KILLING = CLASSES[:13]
ACTIONS = ["none", "kill", "kill-after", "fail", "short", "torn", "hang", "slow"]
MAGIC, COUNTS = 0x43525348, 16
WORDS = COUNTS + len(PROGRAMS) * len(CLASSES)


class Crashpoint:
    """One sandbox's enemy. env() is what a process needs to carry it."""

    def __init__(self, folder, library):
        self.path, self.library = os.path.join(folder, "crashpoint"), library
        with open(self.path, "wb") as f:
            f.write(struct.pack("=I", MAGIC) + bytes(4 * (WORDS - 1)))
        with open(self.path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 4 * WORDS)

    def _get(self, word):
        return struct.unpack_from("=I", self.map, 4 * word)[0]

    def _set(self, word, value):
        struct.pack_into("=I", self.map, 4 * word, value)

    def env(self):
        more = {"LD_PRELOAD": self.library, "CRASHPOINT": self.path}
        if os.environ.get("CCSUP_SANITIZE", "0") == "1":
            more["ASAN_OPTIONS"] = "verify_asan_link_order=0:detect_leaks=0"
        return more

    def arm(self, program, kind, k, action="kill", error=0, times=1):
        """From now on, the k-th call (from 1) of that class in that program, and times - 1 after it."""
        self.reset()
        values = [PROGRAMS.index(program), CLASSES.index(kind), k]
        for i, value in enumerate(values):
            self._set(1 + i, value)
        self._set(5, getattr(errno, error) if error else 0)
        self._set(6, times)
        self._set(7, 0)
        self._set(8, 0)
        self._set(4, ACTIONS.index(action))

    def reset(self):
        """Disarmed, and counting from 0."""
        self.disarm()
        for i in range(COUNTS, WORDS):
            self._set(i, 0)

    def disarm(self):
        self._set(4, 0)

    def fired(self):
        return self._get(7)

    def counts(self):
        return {
            (p, c): self._get(COUNTS + i * len(CLASSES) + j)
            for i, p in enumerate(PROGRAMS)
            for j, c in enumerate(CLASSES)
        }
