"""Stands before vendors' descriptions and answers as the vendors would.

usage: front.py PORT ROUTES.json

A description says whether a request is one that its vendor takes, but knows no tickets and no messages. Each request is shown
to the description that its route names, and what that takes is answered with the route's answer. The lines of all requests
that were shown, with the description's status, go to the standard output.

A route: {"match": a pattern of "METHOD PATH", "to": the description's port or null, "answer": JSON, "status": 200,
"form": true where the description lists fields of a form that the vendor takes as JSON too}.
"""

import http.server
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

ROUTES = json.load(open(sys.argv[2]))


def as_form(headers, body):
    """What Slack reads from JSON, as the form that its description lists; the token is a header there."""
    fields = {}
    for name, value in json.loads(body).items():
        fields[name] = value if isinstance(value, str) else json.dumps(value)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    headers["token"] = headers.get("Authorization", "").removeprefix("Bearer ")
    return urllib.parse.urlencode(fields).encode()


class Front(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        line = f"{self.command} {self.path}"
        route = next((route for route in ROUTES if re.match(route["match"], line)), None)
        if route is None:
            self.reply(404, b"no route is like this")
            return
        status, reply = route.get("status", 200), json.dumps(route.get("answer", {})).encode()
        if route.get("to"):
            shown, words = self.show(route, body)
            sys.stdout.write(f"{shown} {self.command} {self.path.split('?')[0]}\n")
            sys.stdout.flush()
            if shown >= 300:
                print(words.decode(), file=sys.stderr, flush=True)
                status, reply = shown, words
            elif shown == 204:
                status = shown
        self.reply(status, reply)

    def show(self, route, body):
        names = ("Authorization", "Content-Type", "Accept")
        headers = {name: self.headers[name] for name in names if self.headers[name]}
        if route.get("form"):
            body = as_form(headers, body)
        request = urllib.request.Request(
            f"http://127.0.0.1:{route['to']}{self.path}", body or None, headers, method=self.command
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as described:
                return described.status, b""
        except urllib.error.HTTPError as error:
            # 501: the description has no example to answer with, and found nothing wrong.
            return (200, b"") if error.code == 501 else (error.code, error.read())

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status == 204:
            body = b""
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Front).serve_forever()
