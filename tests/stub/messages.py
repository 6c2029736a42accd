#!/usr/bin/env python3
"""A stub of the Messages API on loopback, scripted: what a model would have said, and what a server does on bad days.

    messages.py DIR          DIR/port is written once it listens; DIR/log gets one JSON line a request

Who asks is told by the API key. DIR/KEY.json is that key's script: a list of steps. A request that ends with a tool's result
is answered by the step's "then" (a text, or a further step), any other takes the next step; the last one repeats. The place
in the script is kept in DIR/KEY.at, so that a stub that is started again goes on. Steps:

    {"text": "..."}                                         the turn ends
    {"tool": "Bash", "input": {...}, "then": "Done."}       a tool call; then: a text or a step
    {"status": 529, "type": "overloaded_error", "message": "...", "headers": {...}, "times": 3}
    {"hang": true}  {"close": true}  {"reset": true}        says nothing; closes at once; the same with a RST
    {"text": "...", "slow": 0.1, "ping": true}              a pause between the pieces, and pings in it
    {"text": "...", "stall": 30, "ping": true}              silence for so long in the middle, or nothing but pings
    {"text": "...", "drop": 20}                             the connection ends after so many bytes of the text; with
                                                            "reset" by a RST
    {"text": "...", "fill": 1000000}  {"tool": ...}         so many bytes more of text, or of the input's "content"

It ends by itself after an hour."""

import http.server
import json
import os
import socket
import struct
import sys
import threading
import time

DIR = sys.argv[1]
LOCK = threading.Lock()


def script(key):
    try:
        with open(os.path.join(DIR, key + ".json")) as f:
            return json.load(f)
    except FileNotFoundError:
        return [{"status": 401, "type": "authentication_error", "message": "invalid x-api-key"}]


def next_step(key):
    """The step that is due, counted on disk: a step with "times" is due so often."""
    with LOCK:
        steps, path = script(key), os.path.join(DIR, key + ".at")
        at = int(open(path).read()) if os.path.exists(path) else 0
        left = at
        for step in steps[:-1]:
            if left < step.get("times", 1):
                break
            left -= step.get("times", 1)
        else:
            step = steps[-1]
        with open(path + ".new", "w") as f:
            f.write(str(at + 1))
        os.replace(path + ".new", path)
        return step


def is_result(body):
    content = body["messages"][-1]["content"]
    return isinstance(content, list) and any(block.get("type") == "tool_result" for block in content)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        key = self.headers.get("x-api-key") or (self.headers.get("authorization") or "").replace("Bearer ", "")
        key = key if key.isalnum() else "unknown"
        result = is_result(body)
        with LOCK:
            pending = self.server.pending.get(key) if result else None
        step = pending if pending is not None else next_step(key)
        if isinstance(step, str):
            step = {"text": step}
        with LOCK:
            self.server.pending[key] = step.get("then", "Done.") if "tool" in step else None
            with open(os.path.join(DIR, "log"), "a") as f:
                f.write(json.dumps({"at": time.time(), "key": key, "model": body.get("model"), "result": result, "step": step}) + "\n")
        self.answer(step, body)

    def cut(self, reset):
        """The connection ends here; nothing that is still buffered is sent behind it."""
        self.close_connection = True
        if reset:  # SO_LINGER of no time: what is not sent yet is thrown away, and a RST says so
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
        self.rfile.close()  # it holds the socket, too
        self.connection.close()

    def answer(self, step, body):
        if step.get("hang"):
            time.sleep(3600)
        if step.get("hang") or step.get("close") or (step.get("reset") and "drop" not in step):
            return self.cut(step.get("reset"))
        if "status" in step:
            return self.fail(step)
        self.stream(step, body) if body.get("stream") else self.whole(step, body)

    def fail(self, step):
        text = json.dumps({"type": "error", "error": {"type": step.get("type", "api_error"), "message": step.get("message", "stub")}})
        self.send_response(step["status"])
        for name, value in step.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def blocks(self, step):
        fill = "0123456789abcde\n" * (step.get("fill", 0) // 16)
        out = [{"type": "text", "text": step["text"] + ("" if "tool" in step else fill)}] if "text" in step else []
        if "tool" in step:
            given = dict(step["input"], content=step["input"].get("content", "") + fill) if fill else step["input"]
            out.append({"type": "tool_use", "id": "toolu_%x" % time.time_ns(), "name": step["tool"], "input": given})
        return out

    def message(self, step, body, content):
        return {
            "id": "msg_%x" % time.time_ns(), "type": "message", "role": "assistant", "model": body.get("model", "stub"),
            "content": content, "stop_reason": None, "stop_sequence": None,
            "usage": {"input_tokens": 1000, "output_tokens": 50},
        }  # fmt: skip

    def whole(self, step, body):
        message = self.message(step, body, self.blocks(step))
        message["stop_reason"] = "tool_use" if "tool" in step else "end_turn"
        text = json.dumps(message)
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def event(self, name, **data):
        text = f"event: {name}\ndata: {json.dumps(dict(type=name, **data))}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))
        self.wfile.flush()

    def stream(self, step, body):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.event("message_start", message=self.message(step, body, []))
        for index, block in enumerate(self.blocks(step)):
            if block["type"] == "text":
                self.event("content_block_start", index=index, content_block={"type": "text", "text": ""})
                if not self.text(index, step, block["text"]):
                    return
            else:
                self.event("content_block_start", index=index, content_block=dict(block, input={}))
                piece = json.dumps(block["input"])
                self.event("content_block_delta", index=index, delta={"type": "input_json_delta", "partial_json": piece})
            self.event("content_block_stop", index=index)
        reason = "tool_use" if "tool" in step else step.get("stop", "end_turn")
        self.event("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage={"output_tokens": 50})
        self.event("message_stop")
        self.wfile.write(b"0\r\n\r\n")

    def pause(self, seconds, ping):
        """Silence for so long; or nothing but pings, one a second."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 1) if ping else left)
            if ping:
                self.event("ping")

    def text(self, index, step, text):
        """False: the connection was cut."""
        sent, stalled, size = 0, False, max(20, len(text) // 100)
        for at in range(0, len(text), size):
            piece = text[at : at + size]
            self.event("content_block_delta", index=index, delta={"type": "text_delta", "text": piece})
            sent += len(piece)
            if step.get("drop") is not None and sent >= step["drop"]:
                self.cut(step.get("reset"))
                return False
            if step.get("stall") and not stalled and sent >= len(text) // 2:
                stalled = True
                self.pause(step["stall"], step.get("ping"))
            elif step.get("slow"):
                self.pause(step["slow"], step.get("ping"))
        return True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    pending = {}

    def handle_error(self, request, client_address):
        pass  # a client that went away


server = Server(("127.0.0.1", 0), Handler)
with open(os.path.join(DIR, "port.new"), "w") as f:
    f.write(str(server.server_address[1]))
os.rename(os.path.join(DIR, "port.new"), os.path.join(DIR, "port"))
threading.Timer(3600, os._exit, [0]).start()
server.serve_forever()
