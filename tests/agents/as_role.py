#!/usr/bin/env python3
"""Runs a command as an agent's: below a process that holds the lock of that role's keeper.

    as_role.py STATE builder|adversary COMMAND [ARGUMENT]...
"""
import fcntl
import os
import subprocess
import sys

state, role, command = sys.argv[1], sys.argv[2], sys.argv[3:]
os.makedirs(state + "/locks", mode=0o700, exist_ok=True)
with open(state + "/locks/" + role, "a") as lock:
    fcntl.lockf(lock, fcntl.LOCK_EX)
    sys.exit(subprocess.run(command, check=False).returncode)
