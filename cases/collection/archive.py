"""Reading a ZIP of decision documents: what it holds is summed and named before a byte of it is unpacked.

No name inside is ever a path of ours; nothing is written to disk from here.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

MOST_ENTRIES: Final = 60
UNPACKED_BYTES: Final = 200 * 1024 * 1024
_END: Final = b"PK\x05\x06"  # end of the central directory; at most 22 bytes and a comment from the end
_END_AT_MOST: Final = 22 + 65_535
_UTF8_NAME: Final = 0x800
_ENCRYPTED: Final = 0x1
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others unpack at the cost of memory we do not bound
_LEFT_BEHIND: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


class ArchiveRefused(Exception):
    """Nothing of the archive is taken; the message is a Chinese sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive. `fault`: why it cannot be read, as a Chinese sentence, "" if it can."""

    name: str
    size: int
    fault: str
    info: zipfile.ZipInfo


class Archive:
    """An archive that was looked over. Raises ArchiveRefused for one that is none, too much, or lies about its size."""

    def __init__(self, content: bytes) -> None:
        if _entries_said(content) > MOST_ENTRIES * 3:  # folders and what file managers leave behind are among them
            raise ArchiveRefused(_TOO_MANY)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            infos = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error):
            raise ArchiveRefused("不是完整的ZIP压缩包，请重新压缩为.zip后上传。") from None
        files = [info for info in infos if not info.is_dir() and not _is_left_behind(info.filename)]
        if not files:
            raise ArchiveRefused("压缩包里没有文件。")
        if len(files) > MOST_ENTRIES:
            raise ArchiveRefused(_TOO_MANY)
        if sum(info.file_size for info in infos) > UNPACKED_BYTES:
            raise ArchiveRefused(f"压缩包解开后超过{UNPACKED_BYTES // 1024**2}MB，没有解开。请分成几个压缩包上传。")
        self.entries: Final = tuple(Entry(_name_of(info), info.file_size, _fault_of(info), info) for info in files)

    def read(self, entry: Entry) -> bytes:
        """The bytes of an entry, never more than it was said to hold. Raises ArchiveRefused for that entry alone."""
        try:
            with self._zip.open(entry.info) as file:
                content = b"".join(_pieces(file, entry.size))
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
            raise ArchiveRefused("在压缩包中已损坏，无法解开") from None
        if len(content) != entry.size:
            raise ArchiveRefused("的大小与压缩包所称不符，没有采用")
        return content


_TOO_MANY: Final = f"一个压缩包最多{MOST_ENTRIES}个文件，请分成几个压缩包上传。"


def _pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    left = size + 1
    while left > 0 and (piece := file.read(min(left, 1 << 20))):
        left -= len(piece)
        yield piece


def _entries_said(content: bytes) -> int:
    """How many entries the archive itself says it has; 0 where it says nothing readable, many for Zip64."""
    tail = content[-_END_AT_MOST:]
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 12:
        return 0
    return int(struct.unpack("<H", tail[at + 10 : at + 12])[0])


def _is_left_behind(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1] in _LEFT_BEHIND or "/__MACOSX/" in name


def _name_of(info: zipfile.ZipInfo) -> str:
    """The name in Chinese: archivers on Windows write GBK without saying so, and Python reads that as cp437."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _fault_of(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _ENCRYPTED:
        return "设有密码，无法查看"
    if info.compress_type not in _METHODS:
        return "的压缩方式不受支持，请用普通方式重新压缩"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind and kind != stat.S_IFREG:
        return "不是普通文件"
    return ""
