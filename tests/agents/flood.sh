#!/bin/bash
# Writes its first argument in bytes (64 MiB) of numbered lines as fast as it can.
yes "0123456789 abcdefghijklmnopqrstuvwxyz a line of a flood" | head -c "${1:-67108864}"
