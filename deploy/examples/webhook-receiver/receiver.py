"""Takes webhooks of Tocsin that are signed, and encrypted for it alone, and prints one line for each alert.

    pip install -r requirements.txt
    openssl genpkey -algorithm X25519 -out key.pem
    openssl pkey -in key.pem -pubout          # for the setting encryption.public_key
    WEBHOOK_SECRET=whsec_... python3 receiver.py 8080 key.pem

The settings of the receiver in Tocsin:

    channel_type: webhook
    config:
      url: https://hooks.example.org/alerts
      signing_secret: ${WEBHOOK_SECRET}
      encryption: {public_key: "${file:receiver-public.pem}", key_id: "2026-11"}
"""

import base64
import collections
import http.server
import json
import os
import sys

from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey
from standardwebhooks.webhooks import Webhook

SUITES = {
    "X25519-HKDF-SHA256/HKDF-SHA256/AES-256-GCM": AEADId.AES256_GCM,
    "X25519-HKDF-SHA256/HKDF-SHA256/ChaCha20-Poly1305": AEADId.CHACHA20_POLY1305,
}
ENCRYPTED = "application/vnd.tocsin.hpke+json"
LARGEST_BODY = 8 << 20


def decrypt(envelope, key, message_id):
    """The body that Tocsin encrypted; raises if it is damaged, or belongs to another message."""
    suite = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, SUITES[envelope["suite"]])
    recipient = suite.create_recipient_context(base64.b64decode(envelope["enc"]), key, info=b"tocsin webhook v1")
    about = f"{message_id}\n{envelope['type']}".encode()
    return recipient.open(base64.b64decode(envelope["ct"]), aad=about)


class Seen:
    """The last messages, since one whose answer was lost comes again under the same name."""

    def __init__(self, most=10_000):
        self.names, self.most = collections.OrderedDict(), most

    def add(self, name):
        if name in self.names:
            return False
        self.names[name] = True
        if len(self.names) > self.most:
            self.names.popitem(last=False)
        return True


class Receiver(http.server.BaseHTTPRequestHandler):
    key = None
    webhook = None
    seen = Seen()

    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        if not 0 < size <= LARGEST_BODY:
            return self.answer(413)
        body = self.rfile.read(size)
        name = self.headers.get("webhook-id", "")
        try:
            # What is signed is what came over the wire: check it before anything else is done with it.
            Receiver.webhook.verify(body, {key.lower(): value for key, value in self.headers.items()})
            if self.headers.get("Content-Type", "").startswith(ENCRYPTED):
                body = decrypt(json.loads(body), Receiver.key, name)
            message = json.loads(body)
        except Exception as error:
            print("refused:", type(error).__name__, flush=True)
            return self.answer(401)
        if Receiver.seen.add(name):
            for alert in message["alerts"]:
                print(alert["status"], alert["labels"]["alertname"], alert["annotations"].get("summary", ""), flush=True)
        return self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


def main():
    with open(sys.argv[2], "rb") as file:
        Receiver.key = KEMKey.from_pem(file.read())
    Receiver.webhook = Webhook(os.environ["WEBHOOK_SECRET"])
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()


if __name__ == "__main__":
    main()
