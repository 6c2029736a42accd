#!/bin/bash
# Dies of a signal.
ulimit -c 0
kill -SEGV $$
