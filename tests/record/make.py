"""Writes a small made-up record, the same each time: the fixture on which the verifiers must agree.

    python3 make.py FOLDER
"""

import hashlib
import sys
from pathlib import Path

import base64
import ed25519
from verify import Tree, canonical, sha

SECRETS = [bytes([1]) * 32, bytes([2]) * 32]


class Log:
    def __init__(self):
        self.leaves, self.heads, self.documents, self.keys = [], [], {}, []

    def append(self, kind, subject, version, at, **body):
        members = {"kind": kind, "subject": subject, "version": version, "at": at, **body}
        self.leaves.append(canonical(members).encode())

    def document(self, value):
        data = canonical(value).encode()
        name = sha(data).hex()
        self.documents[name] = data
        return name, data

    def key(self, secret, at):
        public = ed25519.public(secret)
        own = sha(public).hex()
        previous = self.keys[-1][1] if self.keys else ""
        text = f"quietline-key\n{previous}\n{public.hex()}\n{at}\n".encode()
        body = {"public": public.hex(), "previous": previous}
        body["signed_by_itself"] = ed25519.sign(secret, text).hex()
        if self.keys:
            body["signed_by_previous"] = ed25519.sign(self.keys[-1][2], text).hex()
        self.keys.append((len(self.leaves), own, secret))
        self.append("key", own, 1, at, **body)

    def sign(self, at):
        tree = Tree([sha(b"\0", data) for data in self.leaves])
        size, root = len(self.leaves), tree.hash(0, len(self.leaves))
        _, own, secret = self.keys[-1]
        origin = "quietline-log/" + self.keys[0][1]
        text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n{own}\n{at}\n"
        signature = ed25519.sign(secret, text.encode()).hex()
        head = {"at": at, "key": own, "origin": origin, "root": root.hex(), "size": size}
        self.heads.append({**head, "signature": signature})

    def files(self):
        tree = Tree([sha(b"\0", data) for data in self.leaves])
        size = len(self.leaves)
        listed = [
            {"from": number, "id": own, "public": ed25519.public(secret).hex()}
            for number, own, secret in self.keys
        ]
        values = {
            ".well-known/quietline-keys.json": {"keys": listed, "origin": self.heads[0]["origin"]},
            "log/head.json": self.heads[-1],
            "log/heads.json": {"heads": self.heads},
        }
        for index in range(size):
            hashes = [own.hex() for own in tree.path(index, 0, size)]
            proof = {"hashes": hashes, "index": index, "size": size}
            values[f"log/proofs/inclusion/{index}.json"] = proof
        for before, after in zip(self.heads, self.heads[1:]):
            old, new = before["size"], after["size"]
            hashes = [own.hex() for own in tree.between(old, 0, new)]
            proof = {"hashes": hashes, "new": new, "old": old}
            values[f"log/proofs/consistency/{old}-{new}.json"] = proof
        files = {path: canonical(value).encode() for path, value in values.items()}
        for index, data in enumerate(self.leaves):
            files[f"log/leaves/{index}.json"] = data
        for name, data in self.documents.items():
            files[f"log/documents/{name}.json"] = data
        return files


def made_up():
    log = Log()
    log.key(SECRETS[0], "2026-11-02T09:00:00Z")
    log.sign("2026-11-02T09:00:00.123Z")
    log.append("definition", "answered", 1, "2026-11-02T09:00:01Z", formula="A ÷ \"O\"\n")
    for day in ("2026-11-01", "2026-11-02"):
        name, data = log.document({"day": day, "lines": [{"line": "*", "offered": "12.5"}]})
        salt = hashlib.sha256(day.encode()).digest()
        promise = sha(salt, data).hex()
        log.append("day_commitment", day, 1, f"{day}T23:00:00Z", commitment=promise)
        log.sign(f"{day}T23:00:01Z")
        log.append("day_opening", day, 1, f"{day}T23:00:02Z", salt=salt.hex(), documents={"record": name})
    for number, week in enumerate(("2026-W52", "2026-W53", "2027-W01")):
        at = f"2027-01-{4 + number:02}T09:00:00Z"
        if number == 1:
            log.append("missed_slot", week, 1, at, grace_days=2)
            log.key(SECRETS[1], at)
            continue
        name, _ = log.document({"week": week, "offered": 1312, "share": "0.905", "none": None})
        log.append("edition", week, 1, at, documents={"facts": name}, signed=False)
        log.sign(at)
        log.append("edition", week, 2, at, documents={"facts": name}, signed=True, comment="Été 😀")
    name, _ = log.document({"week": "2027-W01", "offered": 1313, "share": "0.904", "none": None})
    log.append("correction", "2027-W01", 3, "2027-01-08T09:00:00Z", documents={"facts": name}, reason="late")
    log.sign("2027-01-08T09:00:01Z")
    return log


if __name__ == "__main__":
    for path, data in made_up().files().items():
        target = Path(sys.argv[1]) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
