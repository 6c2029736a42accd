#!/usr/bin/env python3
"""A service manager for the cases: manager.py ADDRESS OUT. Binds a datagram socket at ADDRESS (a path, or @NAME), which is
made when OUT exists, and writes each line that arrives to OUT as "MILLISECONDS PID LINE", PID told by the kernel.
Ends after 120 s, whoever forgets it."""
import socket
import struct
import sys
import time

address, out = sys.argv[1:]
sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
sock.bind("\0" + address[1:] if address.startswith("@") else address)
end = time.monotonic() + 120
with open(out, "w", buffering=1) as said:
    while time.monotonic() < end:
        sock.settimeout(max(0.01, end - time.monotonic()))
        try:
            data, extra, _, _ = sock.recvmsg(4096, socket.CMSG_SPACE(12))
        except TimeoutError:
            break
        pid = struct.unpack("3i", extra[0][2])[0]
        for line in data.decode().split("\n"):
            said.write(f"{time.time_ns() // 1000000} {pid} {line}\n")
