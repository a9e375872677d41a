"""Redis, nodes and a receiver on this machine, for scripts that scale workers elsewhere."""

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request


def say(text):
    print(text, file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit(f"waited {seconds} s in vain until {what}")


class Receiver:
    """Hears alerts, and notes which: each has a label "n"; it takes its time to answer."""

    def __init__(self, seconds=0.0):
        heard = self.heard = set()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                time.sleep(seconds)
                heard.update(alert["labels"]["n"] for alert in body["alerts"])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 1024
            daemon_threads = True

        server = Server(("0.0.0.0", 0), Handler)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()


class Nodes:
    """Redis and nodes of this machine, which are reached at an address of it."""

    def __init__(self, program, folder, receiver, autoscaler, address="127.0.0.1", worker=""):
        self.program, self.folder, self.processes = program, folder, []
        redis, self.door, self.port = free_port(), free_port(), free_port()
        password = os.urandom(16).hex()
        self.start("redis-server", "--port", str(redis), "--bind", "127.0.0.1", *([address] if address != "127.0.0.1" else []),
                   "--requirepass", password, "--save", "", "--dir", str(folder))
        (folder / "receivers.yaml").write_text(
            "acme:\n  route: {receivers: [hook], group_by: [name], group_wait: 0s, group_interval: 1s}\n  receivers:\n"
            "    - {name: hook, channel_type: webhook, max_concurrency: 64, "
            f"config: {{url: 'http://{address}:{receiver.port}/'}}}}\n")
        (folder / "root.key").write_text(os.urandom(32).hex())
        (folder / "root.key").chmod(0o600)
        self.config = folder / "tocsin.yaml"
        self.config.write_text(
            f"redis: {{url: 'redis://{address}:{redis}', password: {password}}}\n"
            f"ingest: {{require_token: false}}\ndelivery: {{allow_networks: ['{address}']}}\nroot_key: {{file: {folder}/root.key}}\n{worker}autoscaler: {autoscaler}\n")

    def start(self, *words):
        log = open(self.folder / f"{len(self.processes)}.log", "wb")
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def node(self, *words):
        return self.start(self.program, *words, "--config", str(self.config))

    def run(self, *words):
        done = subprocess.run([self.program, *words, "--config", str(self.config)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return done.returncode, done.stdout + done.stderr

    def get(self, port, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.read()

    def post(self, count, groups=400):
        for start in range(0, count, 500):
            body = json.dumps([{"labels": {"alertname": "A", "name": str(number % groups), "n": str(number)}}
                               for number in range(start, min(count, start + 500))]).encode()
            request = urllib.request.Request(f"http://127.0.0.1:{self.door}/t/acme/api/v2/alerts", body,
                                             {"Content-Type": "application/json"})
            urllib.request.urlopen(request, timeout=20).read()

    def end(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()

    def show_logs(self):
        for log in sorted(self.folder.glob("*.log")):
            print(log.read_text(errors="replace")[-3000:], file=sys.stderr)
