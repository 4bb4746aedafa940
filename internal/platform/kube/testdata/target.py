"""A target that does what a test tells it: GET /break, /mend, /hold, /letgo, /exit."""
import http.server
import os
import signal
import sys
import threading

state = {"broken": False, "held": False, "ending": False}
changed = threading.Condition()


def end(*_):
    with changed:
        state["ending"] = True
        if not state["held"]:
            os._exit(0)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        what = self.path.strip("/")
        if what == "exit":
            print("told to end", flush=True)
            os._exit(7)
        edits = {"break": ("broken", True), "mend": ("broken", False), "hold": ("held", True), "letgo": ("held", False)}
        if what in edits:
            state.update([edits[what]])
        broken = what == "healthz" and state["broken"]
        body = b"broken" if broken else b"ok"
        self.send_response(503 if broken else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        if state["ending"] and not state["held"]:
            os._exit(0)

    def log_message(self, *_):
        pass


signal.signal(signal.SIGTERM, end)
if len(sys.argv) > 1:
    sys.exit(sys.argv[1])
server = http.server.ThreadingHTTPServer(("", 8000), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
while True:
    signal.pause()
