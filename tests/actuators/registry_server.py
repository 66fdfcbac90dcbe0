"""A registry as small as can be: one image, for who knows the password. It runs where its engine's loopback is."""

import base64
import gzip
import hashlib
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KNOWN = "Basic " + base64.b64encode(b"ada:swordfish-of-the-registry").decode()


def digest(raw):
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def main(port, rootfs):
    with open(rootfs, "rb") as file:
        plain = file.read()
    layer = gzip.compress(plain, 1)
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "config": {"Cmd": ["echo", "private"]},
        "rootfs": {"type": "layers", "diff_ids": [digest(plain)]},
    }).encode()  # fmt: skip
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": kind,
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(config),
                   "digest": digest(config)},
        "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": len(layer),
                    "digest": digest(layer)}],
    }).encode()  # fmt: skip
    bodies = {digest(one): one for one in (layer, config, manifest)}

    class Registry(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            place = self.path.rpartition("/")[2]
            body = manifest if place == "1" else bodies.get(place, b"{}")
            is_known = self.headers.get("Authorization") == KNOWN
            self.send_response(200 if is_known else 401)
            if not is_known:
                self.send_header("WWW-Authenticate", 'Basic realm="here"')
                body = b"{}"
            self.send_header("Content-Type", kind if body is manifest else "application/octet-stream")
            self.send_header("Docker-Content-Digest", digest(body))
            self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *arguments):
            """Nothing."""

    serving = ThreadingHTTPServer(("127.0.0.1", int(port)), Registry)
    print("listening", flush=True)
    serving.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
