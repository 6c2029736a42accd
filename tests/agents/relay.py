#!/usr/bin/env python3
"""An address on loopback that stays while the server behind it changes.

    relay.py PORTFILE UPSTREAM [SECONDS]

Listens on a port that the kernel chooses, written to PORTFILE (atomically). Each connection goes to the port whose number
stands in the file UPSTREAM at that moment; with none there it is closed at once. A reset comes out as a reset. Ends by
itself after SECONDS (280).
"""
import os
import select
import socket
import struct
import sys
import threading
import time

PORTFILE, UPSTREAM = sys.argv[1], sys.argv[2]
SECONDS = float(sys.argv[3]) if len(sys.argv) > 3 else 280.0


def relay(client, server):
    """Both directions, until one side is gone; True when it was reset. One thread, so that a close is a close."""
    other = {client: server, server: client}
    end = time.monotonic() + SECONDS
    while other and time.monotonic() < end:
        for source in select.select(list(other), [], [], 1)[0]:
            try:
                data = source.recv(65536)
                if data:
                    other[source].sendall(data)
                    continue
                other.pop(source).shutdown(socket.SHUT_WR)
            except ConnectionResetError:
                return source is server
            except OSError:
                return False
    return False


def serve(client):
    with client:
        try:
            with open(UPSTREAM, encoding="ascii") as file:
                port = int(file.read())
            server = socket.create_connection(("127.0.0.1", port), timeout=5)
        except (OSError, ValueError):
            return
        with server:
            if relay(client, server):
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    with open(PORTFILE + ".new", "w", encoding="ascii") as out:
        out.write("%d\n" % listener.getsockname()[1])
    os.rename(PORTFILE + ".new", PORTFILE)
    listener.settimeout(0.2)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            client, _ = listener.accept()
        except TimeoutError:
            continue
        threading.Thread(target=serve, args=(client,), daemon=True).start()
    os._exit(0)


main()
