#!/usr/bin/env python3
"""answers.py FOLDER [CERTIFICATE KEY]: an HTTP(S) server on a loopback port of the kernel's choice, which stands in
FOLDER/port; one that stands there already is taken again. Each request is answered with what FOLDER/status (200),
FOLDER/location, FOLDER/retry-after and FOLDER/body hold then; its headers are added to FOLDER/headers, its path, the
status and its body as a line to FOLDER/posts. While FOLDER/hang is there nobody is answered."""

import http.server
import os
import ssl
import sys
import time

folder = sys.argv[1]


def read(name, fallback):
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            return f.read()
    except FileNotFoundError:
        return fallback


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(os.path.join(folder, "headers"), "a", encoding="utf-8") as f:
            f.write(f"{self.command} {self.path}\n{self.headers}")
        end = time.monotonic() + 60  # bounded
        while read("hang", None) is not None and time.monotonic() < end:
            time.sleep(0.05)
        said = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        status = int(read("status", "200"))
        with open(os.path.join(folder, "posts"), "a", encoding="utf-8") as f:
            f.write(f"{time.time():.3f} {self.path} {status} {said}\n")
        body = read("body", "").encode()
        self.send_response(status)
        if read("retry-after", ""):
            self.send_header("Retry-After", read("retry-after", "").strip())
        if read("location", ""):
            self.send_header("Location", read("location", "").strip())
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(read("port", "0"))), Answers)
server.daemon_threads = True
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open(os.path.join(folder, "port.new"), "w", encoding="utf-8") as f:
    f.write(str(server.server_address[1]))
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
server.serve_forever()
