#!/usr/bin/env python3
"""核验证据包：python3 verify.py [文件夹] [--key 公钥]

Checks an evidence pack without the system that made it: standard library only, no network. Exit code 0 if all holds.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

# ── Ed25519 (RFC 8032 §5.1), verification only ──────────────────────────────────────────────────────────────────────
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(one, two):
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = add(found, point)
        point, number = add(point, point), number >> 1
    return found


def point_of(text):
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def base():
    return point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def same(one, two):
    return (one[0] * two[2] - two[0] * one[2]) % P == 0 and (one[1] * two[2] - two[1] * one[2]) % P == 0


def signed(key_hex, signature_hex, text):
    """Whether `signature_hex` is the Ed25519 signature of `text` under `key_hex`."""
    try:
        key, signature = bytes.fromhex(key_hex), bytes.fromhex(signature_hex)
    except ValueError:
        return False
    if len(key) != 32 or len(signature) != 64:
        return False
    public, start = point_of(key), point_of(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if public is None or start is None or scalar >= ORDER:
        return False
    digest = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % ORDER
    return same(times(scalar, base()), add(start, times(digest, public)))


# ── what a pack holds ───────────────────────────────────────────────────────────────────────────────────────────────
def canonical(thing, chinese=True):
    return json.dumps(thing, ensure_ascii=not chinese, sort_keys=True, separators=(",", ":")).encode()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Pack:
    """One unpacked evidence pack. Every check adds a line to `held` or to `faults`."""

    def __init__(self, folder, key):
        self.folder, self.held, self.faults = folder, [], []
        manifest = (folder / "manifest.json").read_bytes()
        self.manifest = json.loads(manifest)
        self.keys = set(self.manifest["public_keys"])
        if key:
            self.say(key in self.keys, "证据包使用的公钥与您提供的公钥一致")
            self.keys &= {key}
        seal = self.read("manifest.sig")
        good = seal["public_key"] in self.keys and signed(seal["public_key"], seal["signature"], manifest)
        self.say(good, "清单由系统签名")

    def say(self, good, what):
        (self.held if good else self.faults).append(what)

    def read(self, name):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def files(self):
        for name, expected in self.manifest["files"].items():
            place = self.folder / name
            self.say(place.is_file() and sha256(place.read_bytes()) == expected, f"文件完整：{name}")

    def papers(self):
        for paper in self.read("papers.json"):
            place = self.folder / paper["file"]
            good = place.is_file() and sha256(place.read_bytes()) == paper["pdf_sha256"]
            self.say(good, f"文书与登记的散列值一致：{paper['number']}")

    def messages(self):
        decisions = {paper["snapshot_sha256"] for paper in self.read("papers.json")}
        for leg in self.read("legs.json"):
            where, sealed = leg["title"], json.loads((self.folder / leg["body"]).read_text(encoding="utf-8"))
            message, seal = sealed["message"], sealed["signature"]
            keys = {sha256(bytes.fromhex(key))[:16]: key for key in self.keys}
            good = seal["kid"] in keys and signed(keys[seal["kid"]], seal["value"], canonical(message))
            self.say(good, f"推送报文由系统签名：{where}")
            self.say(message["message_no"] == leg["message_no"], f"报文编号与回执一致：{where}")
            self.say(
                message["decision_sha256"] in decisions or bool(leg["elsewhere"]), f"报文所述决定即所附文书：{where}"
            )
            print(
                f"  {where}：{leg['state_text']}，核验方式 {leg['verified_how'] or '无'}，{leg['verified_at'] or '尚未核验'}"
            )

    def events(self):
        heads = self.read("heads.json")
        for head in heads:
            told = {k: v for k, v in head.items() if k not in ("signature", "public_key")}
            good = head["public_key"] in self.keys and signed(
                head["public_key"], head["signature"], canonical(told, chinese=False)
            )
            self.say(good, f"链头由系统签名：第{head['seq']}号，{head['at']}")
        for event in self.read("events.json"):
            what = f"第{event['seq']}号事件（{event['verb']}）"
            if event.get("row") is not None:
                row = event["row"]
                linked = hashlib.sha256(event["prev_hash"].encode() + canonical(row)).hexdigest() == event["hash"]
                told = (row["seq"], row["verb"], row["at"]) == (event["seq"], event["verb"], event["at"])
                self.say(linked and told, f"{what}内容与散列值一致")
            found = hashlib.sha256(b"\x00" + bytes.fromhex(event["hash"])).digest()
            for side, sister in event["path"]:
                pair = (bytes.fromhex(sister), found) if side == "left" else (found, bytes.fromhex(sister))
                found = hashlib.sha256(b"\x01" + pair[0] + pair[1]).digest()
            head = heads[event["head"]]
            inside = head["first"] <= event["seq"] <= head["seq"]
            self.say(inside and found.hex() == head["root"], f"{what}在已签名的链头之内")


def main():
    parser = argparse.ArgumentParser(description="核验证据包（不联网，不需要原系统）")
    parser.add_argument("folder", nargs="?", default=str(Path(__file__).resolve().parent))
    parser.add_argument("--key", default="", help="从主办单位取得的公钥（64位十六进制），用来确认证据包出自该系统")
    given = parser.parse_args()
    try:
        pack = Pack(Path(given.folder), given.key.strip().lower())
        for check in (pack.files, pack.papers, pack.messages, pack.events):
            check()
    except (OSError, ValueError, KeyError, TypeError, IndexError) as problem:
        print(f"证据包不完整，无法核验：{type(problem).__name__} {problem}")
        return 1
    for line in pack.held:
        print(f"  [符合] {line}")
    for line in pack.faults:
        print(f"  [不符] {line}")
    if not given.key:
        print("  [提示] 未提供公钥：只能确认证据包前后一致。请用 --key 填入从主办单位取得的公钥再核验一次。")
    print("核验通过" if not pack.faults else f"核验不通过：{len(pack.faults)}处不符")
    return 1 if pack.faults else 0


if __name__ == "__main__":
    sys.exit(main())
