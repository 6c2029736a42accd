#!/usr/bin/env python3
"""Smart HTTP for tests: `git http-backend` behind a small server on loopback, or one of its illnesses.

    http_backend.py ROOT PORTFILE MODE [SECONDS]

ROOT holds bare repositories. The kernel chooses the port; it is written to PORTFILE (atomically) once the server
listens. The server ends by itself after SECONDS (120).

ok      serves                              401     asks for a password, whatever comes
token   serves who says user:token          403     forbids
404     has nothing                         500     fails
html    answers with a page, not with git   silent  accepts, reads, never answers
drip    one byte a tenth of a second        stall   half of the pack, then silence
reset   reads the request, then resets      close   reads the request, then closes
"""
import base64
import os
import socket
import struct
import subprocess
import sys
import threading
import time

ROOT, PORTFILE, MODE = sys.argv[1], sys.argv[2], sys.argv[3]
SECONDS = float(sys.argv[4]) if len(sys.argv) > 4 else 120.0
WANTED = "Basic " + base64.b64encode(b"user:token").decode()


def read_request(conn):
    """The request line, the headers (lower-case names) and the body."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = conn.recv(65536)
        if not part or len(data) > 1 << 20:
            return None
        data += part
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("expect", "").lower() == "100-continue":
        conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return lines[0], headers, read_chunks(conn, body)
    want = int(headers.get("content-length", "0"))
    while len(body) < want:
        part = conn.recv(65536)
        if not part:
            return None
        body += part
    return lines[0], headers, body


def read_chunks(conn, data):
    """A body in chunks, to its end."""
    body = b""
    while True:
        while b"\r\n" not in data:
            data += conn.recv(65536)
        size_text, data = data.split(b"\r\n", 1)
        size = int(size_text, 16)
        while len(data) < size + 2:
            data += conn.recv(65536)
        body += data[:size]
        data = data[size + 2:]
        if size == 0:
            return body


def reply(conn, status, body=b"", extra=()):
    head = ["HTTP/1.1 " + status, "Content-Length: %d" % len(body), "Connection: close", *extra]
    conn.sendall(("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + body)


def backend(conn, line, headers, body):
    """One request to git http-backend; returns the whole HTTP answer."""
    method, target = line.split(" ")[:2]
    path, _, query = target.partition("?")
    env = dict(os.environ, GIT_PROJECT_ROOT=ROOT, GIT_HTTP_EXPORT_ALL="1", REQUEST_METHOD=method, PATH_INFO=path,
               QUERY_STRING=query, CONTENT_TYPE=headers.get("content-type", ""), CONTENT_LENGTH=str(len(body)),
               REMOTE_ADDR="127.0.0.1", REMOTE_USER="user", HTTP_CONTENT_ENCODING=headers.get("content-encoding", ""))
    if "git-protocol" in headers:
        env["GIT_PROTOCOL"] = headers["git-protocol"]
    out = subprocess.run(["git", "http-backend"], input=body, stdout=subprocess.PIPE, env=env, check=False).stdout
    head, _, content = out.partition(b"\r\n\r\n")
    status = "200 OK"
    kept = []
    for text in head.decode("latin-1").split("\r\n"):
        if text.lower().startswith("status:"):
            status = text[7:].strip()
        elif text:
            kept.append(text)
    return status, content, kept


def serve(conn):
    with conn:
        request = read_request(conn)
        if request is None:
            return
        line, headers, body = request
        if MODE == "silent":
            time.sleep(SECONDS)
        elif MODE == "drip":
            conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n"
                         b"Content-Type: application/x-git-upload-pack-advertisement\r\n\r\n001e# serv")
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                conn.sendall(b"x")
                time.sleep(0.1)
        elif MODE == "reset":
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif MODE == "close":
            pass
        elif MODE == "401" or (MODE == "token" and headers.get("authorization") != WANTED):
            reply(conn, "401 Unauthorized", extra=['WWW-Authenticate: Basic realm="test"'])
        elif MODE == "403":
            reply(conn, "403 Forbidden")
        elif MODE == "404":
            reply(conn, "404 Not Found")
        elif MODE == "500":
            reply(conn, "500 Internal Server Error", b"it broke")
        elif MODE == "html":
            reply(conn, "200 OK", b"<html>a portal that wants you to log in</html>", ["Content-Type: text/html"])
        else:
            status, content, kept = backend(conn, line, headers, body)
            if MODE == "stall" and b"packfile" in content:
                head = ["HTTP/1.1 " + status, "Content-Length: %d" % len(content), *kept]
                conn.sendall(("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + content[:len(content) // 2])
                time.sleep(SECONDS)
            else:
                reply(conn, status, content, kept)


def serve_quietly(conn):
    try:
        serve(conn)
    except (OSError, ValueError):
        pass  # the client went away: that is what the tests are about


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    with open(PORTFILE + ".new", "w", encoding="ascii") as out:
        out.write("%d\n" % listener.getsockname()[1])
    os.rename(PORTFILE + ".new", PORTFILE)
    listener.settimeout(0.2)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            conn, _ = listener.accept()
        except TimeoutError:
            continue
        conn.settimeout(SECONDS)
        threading.Thread(target=serve_quietly, args=(conn,), daemon=True).start()
    os._exit(0)


main()
