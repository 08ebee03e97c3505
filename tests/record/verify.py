"""A third opinion: checks an exported record with nothing but Python's standard library.

    python3 verify.py FOLDER [--head FILE]

Prints what it found and exits 1 if anything is wrong. Written from the description of the format,
not from the other two verifiers.
"""

import argparse
import base64
import datetime
import hashlib
import json
import re
import sys
from pathlib import Path

import ed25519

KINDS = {
    "edition", "correction", "definition", "withdrawal", "missed_slot",
    "day_commitment", "day_opening", "key",
}
HASH = re.compile(r"[0-9a-f]{64}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z")


class Wrong(Exception):
    """What is wrong with a file."""


def need(is_right, what):
    if not is_right:
        raise Wrong(what)


def canonical(value):
    """RFC 8785 for what the record consists of: no fractions."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    need(not isinstance(value, float), "has a fraction in it")
    if isinstance(value, int) and not isinstance(value, bool):
        need(abs(value) < 2**53, "has a number too large in it")
    return json.dumps(value, ensure_ascii=False)


def read(data):
    try:
        value = json.loads(data.decode("utf-8"))
        need(canonical(value).encode("utf-8") == data, "is not canonical JSON")
    except (ValueError, UnicodeError, RecursionError) as error:
        raise Wrong(f"is not JSON: {error}") from error
    return value


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def power_below(count):
    return 1 << ((count - 1).bit_length() - 1)


class Tree:
    """RFC 6962, section 2.1, with every subtree hashed once."""

    def __init__(self, leaves):
        self.leaves = leaves
        self.known = {}

    def hash(self, start, end):
        if end - start == 0:
            return sha()
        if end - start == 1:
            return self.leaves[start]
        if (start, end) not in self.known:
            middle = start + power_below(end - start)
            self.known[start, end] = sha(b"\1", self.hash(start, middle), self.hash(middle, end))
        return self.known[start, end]

    def path(self, index, start, end):
        if end - start == 1:
            return []
        middle = start + power_below(end - start)
        if index < middle:
            return [*self.path(index, start, middle), self.hash(middle, end)]
        return [*self.path(index, middle, end), self.hash(start, middle)]

    def between(self, old, start, end):
        if end == old:
            return [] if start == 0 else [self.hash(start, end)]
        middle = start + power_below(end - start)
        if old <= middle:
            return [*self.between(old, start, middle), self.hash(middle, end)]
        return [*self.between(old, middle, end), self.hash(start, middle)]


class Record:
    """A folder, and what is wrong with it."""

    def __init__(self, folder):
        paths = (path for path in folder.rglob("*") if path.is_file())
        self.files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
        self.seen = set()
        self.faults = []
        self.leaves = {}
        self.keys = []

    def check(self, place, work, *arguments):
        try:
            return work(*arguments)
        except Wrong as wrong:
            self.faults.append(f"{place}: {wrong}")
            return None

    def file(self, path):
        self.seen.add(path)
        need(path in self.files, "is missing")
        return self.files[path]

    def must_be(self, path, value):
        need(self.file(path) == canonical(value).encode("utf-8"), "is not what the leaves say")

    def verify(self, kept):
        self.read_leaves()
        self.check("keys", self.check_keys)
        heads = self.check("log/heads.json", self.check_heads) or []
        self.check("log/head.json", self.check_newest, heads)
        self.check_proofs(heads)
        if kept:
            self.check("the head you kept", self.check_kept, kept, heads)
        self.check_documents()
        self.check("days", self.check_days)
        self.check("weeks", self.check_weeks)
        self.faults += [f"{path}: does not belong here" for path in sorted(set(self.files) - self.seen)]

    def read_leaves(self):
        hashes, names = [], set()
        while (path := f"log/leaves/{len(hashes)}.json") in self.files:
            data = self.file(path)
            told = self.check(path, self.read_leaf, data, names)
            if told:
                self.leaves[len(hashes)] = told
            hashes.append(sha(b"\0", data))
        self.tree = Tree(hashes)

    def read_leaf(self, data, names):
        told = read(data)
        need(isinstance(told, dict) and told.get("kind") in KINDS, "is of no known kind")
        need(isinstance(told.get("subject"), str) and told["subject"], "has no subject")
        version = told.get("version")
        need(type(version) is int and 0 < version < 2**32, "has no version")
        need(isinstance(told.get("at"), str) and INSTANT.fullmatch(told["at"]), "has no time")
        documents = told.get("documents", {})
        is_named = isinstance(documents, dict) and all(
            isinstance(own, str) and HASH.fullmatch(own) for own in documents.values()
        )
        need(is_named, "names documents in a way that cannot be read")
        name = (told["kind"], told["subject"], version)
        need(name not in names, "is there twice")
        names.add(name)
        return told

    def of(self, *kinds):
        return [(number, told) for number, told in self.leaves.items() if told["kind"] in kinds]

    def check_keys(self):
        for number, told in self.of("key"):
            public = told.get("public")
            need(isinstance(public, str) and HASH.fullmatch(public), f"leaf {number} has no key")
            own = bytes.fromhex(public)
            need(sha(own).hex() == told["subject"] and told["version"] == 1, f"leaf {number} is misnamed")
            before = self.keys[-1] if self.keys else None
            previous = before[1] if before else ""
            need(told.get("previous") == previous, f"leaf {number} follows another key")
            text = f"quietline-key\n{previous}\n{public}\n{told['at']}\n".encode()
            signers = [("signed_by_itself", own)] + ([("signed_by_previous", before[2])] if before else [])
            for member, key in signers:
                need(signed(key, text, told.get(member)), f"leaf {number}: {member} does not hold")
            self.keys.append((number, told["subject"], own))
        need(self.keys and self.keys[0][0] == 0, "the log does not begin with a key")
        listed = [{"from": number, "id": own, "public": key.hex()} for number, own, key in self.keys]
        self.must_be(".well-known/quietline-keys.json", {"keys": listed, "origin": self.origin()})

    def origin(self):
        return "quietline-log/" + self.keys[0][1] if self.keys else ""

    def check_heads(self):
        listed = read(self.file("log/heads.json"))
        need(isinstance(listed, dict) and set(listed) == {"heads"}, "is no list of heads")
        heads, size = listed["heads"], 0
        need(isinstance(heads, list) and heads, "has no heads")
        for head in heads:
            names = {"at", "key", "origin", "root", "signature", "size"}
            need(isinstance(head, dict) and set(head) == names, "has something else in it")
            need(type(head["size"]) is int and size < head["size"], "is not in order")
            size = head["size"]
            need(size <= len(self.tree.leaves), f"{size}: covers leaves that are missing")
            need(head["root"] == self.tree.hash(0, size).hex(), f"{size}: has another root")
            need(head["origin"] == self.origin(), f"{size}: is of another log")
            need(isinstance(head["at"], str) and INSTANT.fullmatch(head["at"]), f"{size}: has no time")
            _, own, key = [known for known in self.keys if known[0] < size][-1]
            root = base64.b64encode(bytes.fromhex(head["root"])).decode()
            text = f"{head['origin']}\n{size}\n{root}\n{own}\n{head['at']}\n".encode()
            need(head["key"] == own and signed(key, text, head["signature"]), f"{size}: is not signed")
        return heads

    def check_newest(self, heads):
        need(heads, "cannot be compared")
        self.must_be("log/head.json", heads[-1])
        need(heads[-1]["size"] == len(self.tree.leaves), "does not cover all leaves")

    def check_proofs(self, heads):
        size = len(self.tree.leaves)
        for index in range(size):
            hashes = [own.hex() for own in self.tree.path(index, 0, size)]
            path = f"log/proofs/inclusion/{index}.json"
            self.check(path, self.must_be, path, {"hashes": hashes, "index": index, "size": size})
        for before, after in zip(heads, heads[1:]):
            old, new = before["size"], after["size"]
            hashes = [own.hex() for own in self.tree.between(old, 0, new)]
            path = f"log/proofs/consistency/{old}-{new}.json"
            self.check(path, self.must_be, path, {"hashes": hashes, "new": new, "old": old})

    def check_kept(self, kept, heads):
        need(kept["origin"] == self.origin(), "is of another log")
        need(kept["size"] <= len(self.tree.leaves), "has more leaves: the record was cut short")
        root = self.tree.hash(0, kept["size"]).hex()
        need(kept["root"] == root, "has other leaves: history was rewritten")

    def document(self, told, name):
        own = told.get("documents", {}).get(name)
        need(own, f"names no {name}")
        return self.file(f"log/documents/{own}.json")

    def check_documents(self):
        named = {own for told in self.leaves.values() for own in told.get("documents", {}).values()}
        for own in sorted(named):
            path = f"log/documents/{own}.json"

            def work(path=path, own=own):
                data = self.file(path)
                need(sha(data).hex() == own, "is not what was published")
                read(data)

            self.check(path, work)

    def check_days(self):
        committed, opened = {}, set()
        for number, told in self.of("day_commitment", "day_opening"):
            day = datetime.date.fromisoformat(told["subject"]) if is_day(told["subject"]) else None
            need(day, f"leaf {number} is of no day")
            if told["kind"] == "day_commitment":
                follows = not committed or max(committed) + datetime.timedelta(1) == day
                need(follows and told["version"] == 1, f"leaf {number} does not follow the day before")
                committed[day] = told
                continue
            need(day in committed, f"leaf {number} opens what was not committed to")
            record, salt = self.document(told, "record"), told.get("salt")
            need(isinstance(salt, str) and HASH.fullmatch(salt), f"leaf {number} has no salt")
            promise = sha(bytes.fromhex(salt), record).hex()
            need(committed[day].get("commitment") == promise, f"{day}: another record was promised")
            need(read(record).get("day") == told["subject"], f"{day}: the record is of another day")
            opened.add(day)
        for day in committed:
            need(day in opened or not opened or day > max(opened), f"{day} was never opened")

    def check_weeks(self):
        versions = {}
        for number, told in self.of("edition", "correction", "missed_slot"):
            week = monday(told["subject"])
            need(week, f"leaf {number} is of no week")
            versions.setdefault(week, 0)
            if told["kind"] == "missed_slot":
                continue
            versions[week] += 1
            is_first = told["kind"] == "edition" or told["version"] > 1
            need(told["version"] == versions[week] and is_first, f"leaf {number} skips a version")
            facts = read(self.document(told, "facts"))
            is_own = isinstance(facts, dict) and facts.get("week") == told["subject"]
            need(is_own, f"leaf {number} has the facts of another week")
        weeks = sorted(versions)
        for before, after in zip(weeks, weeks[1:]):
            need(after - before == datetime.timedelta(7), f"weeks after {before} are left out")


def signed(key, text, signature):
    is_text = isinstance(signature, str) and re.fullmatch(r"[0-9a-f]{128}", signature)
    return bool(is_text) and ed25519.verify(key, text, bytes.fromhex(signature))


def is_day(text):
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def monday(text):
    match = re.fullmatch(r"(\d{4})-W(\d\d)", text)
    try:
        return datetime.date.fromisocalendar(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        return None


def main():
    parser = argparse.ArgumentParser(description="Checks an exported record.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--head", type=Path, help="a head that was kept earlier")
    arguments = parser.parse_args()
    kept = read(arguments.head.read_bytes().strip()) if arguments.head else None
    record = Record(arguments.folder)
    record.verify(kept)
    for fault in record.faults:
        print(f"WRONG {fault}")
    if not record.faults:
        print(f"{len(record.leaves)} leaves, {len(record.keys)} keys: all as it was published")
    return 1 if record.faults else 0


if __name__ == "__main__":
    sys.exit(main())
