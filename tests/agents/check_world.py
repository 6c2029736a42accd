#!/usr/bin/env python3
"""check_world.py ADDRESS FOLDER: what `ccsup check` asks beside web servers with TLS, all on that loopback address.

- port 53: a DNS server. FOLDER/zone has a line "NAME ADDRESS" for each record, NAME may be *.ZONE; read at each
  question.
- port 3000: an API of the shape of Gitea's. It answers 401 to a token that is not in FOLDER/token, 403 while
  FOLDER/forbidden is there; GET /api/v1/user says who FOLDER/login is (loops), GET /api/v1/repos/OWNER/NAME shows the
  repository with permissions.push as in FOLDER/push, and .../branches the list of two. The clock of its
  Date is FOLDER/skew seconds (0) ahead.
- port 3001: it takes connections, and answers nobody.

FOLDER/ready is made when all listen."""

import email.utils
import http.server
import json
import os
import socket
import struct
import sys
import threading
import time

address, folder = sys.argv[1:3]


def read(name, fallback=""):
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            return f.read().strip()
    except FileNotFoundError:
        return fallback


def look_up(name):
    """The address of a name; None: there is no such name."""
    best = None
    for line in read("zone").splitlines():
        pattern, value = line.split()
        if pattern == name:
            return value
        if pattern.startswith("*.") and name.endswith(pattern[1:]) and "." not in name[: -len(pattern) + 1]:
            best = value
    return best


def answer(question):
    """RFC 1035: one question, one A record, or none."""
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode())
        at += 1 + question[at]
    kind = struct.unpack("!H", question[at + 1 : at + 3])[0]
    asked = question[12 : at + 5]
    value = look_up(".".join(labels).lower())
    found = value is not None and kind == 1
    head = question[:2] + struct.pack("!HHHHH", 0x8180 | (0 if value is not None else 3), 1, int(found), 0, 0)
    record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + socket.inet_aton(value) if found else b""
    return head + asked + record


def dns(sock):
    while True:
        question, peer = sock.recvfrom(4096)
        sock.sendto(answer(question), peer)


class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        parts = self.path.strip("/").split("/")
        if self.headers.get("Authorization") != "token " + read("token"):
            self.say(401, {"message": "invalid username, password or token"})
        elif os.path.exists(os.path.join(folder, "forbidden")):
            self.say(403, {"message": "token does not have at least one of required scope(s)"})
        elif parts == ["api", "v1", "user"]:
            self.say(200, {"id": 7, "login": read("login", "loops"), "is_admin": False})
        elif parts[:3] == ["api", "v1", "repos"] and parts[5:] == ["branches"]:
            self.say(200, [{"name": "main", "protected": True}, {"name": "side", "protected": False}])
        elif parts[:3] == ["api", "v1", "repos"] and len(parts) == 5:
            may = read("push", "true") == "true"
            self.say(200, {"full_name": "/".join(parts[3:]), "owner": {"login": parts[3]}, "empty": False,
                           "permissions": {"admin": False, "push": may, "pull": True}})
        else:
            self.say(404, {"message": "not found"})

    do_HEAD = do_GET

    def say(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate((timestamp or time.time()) + int(read("skew", "0")), usegmt=True)

    def log_message(self, *_):
        pass


names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
names.bind((address, 53))
threading.Thread(target=dns, args=(names,), daemon=True).start()
silent = socket.create_server((address, 3001))
api = http.server.ThreadingHTTPServer((address, 3000), Api)
api.daemon_threads = True
open(os.path.join(folder, "ready"), "w", encoding="utf-8").close()
api.serve_forever()
