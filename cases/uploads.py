"""Files in and out: taken if content, name and declared type agree and a child process opens them; kept as sent."""

import hashlib
import logging
import os
import re
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import quote

import filetype
from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse

from cases import virus_scan
from cases.models import StoredFile
from cases.upload_child import NOT_NOW, Unfit, look_into
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """An accepted kind: `check` as the child process calls it; browsers may also declare nothing of use."""

    check: str
    suffixes: tuple[str, ...]
    declared: tuple[str, ...]


KINDS: Final[dict[str, Kind]] = {
    "application/pdf": Kind("pdf", (".pdf",), ("application/pdf", "application/x-pdf")),
    "image/jpeg": Kind("jpeg", (".jpg", ".jpeg", ".jfif"), ("image/jpeg", "image/jpg", "image/pjpeg")),
    "image/png": Kind("png", (".png",), ("image/png", "image/x-png")),
    "image/heic": Kind("heif", (".heic", ".heif"), ("image/heic", "image/heif")),
}
UNDECLARED: Final = ("", "application/octet-stream")
AGAIN: Final = "请用手机重新拍照，或另存为PDF后上传；其他文件已保存。"
REASONS: Final[dict[str, tuple[str, str]]] = {  # code → what is wrong, what to do
    "empty": ("是空文件", AGAIN),
    "too_big": ("超过{megabytes}MB", AGAIN),
    "not_accepted": ("不是可接受的格式（PDF、JPG、PNG、HEIC）", AGAIN),
    "not_this_type": ("的内容与扩展名不一致", AGAIN),
    "encrypted": ("设有密码，工作人员无法查看", "请取消密码后重新上传；其他文件已保存。"),
    "cut_off": ("不完整，可能上传或保存时中断", AGAIN),
    "damaged": ("已损坏，无法打开", AGAIN),
    "too_many_pages": ("超过{pages}页", "请拆分成几个文件后上传；其他文件已保存。"),
    "too_many_pixels": ("超过{megapixels}万像素", "请降低拍照分辨率后重新拍照；其他文件已保存。"),
    "animated": ("是动态图片", AGAIN),
    "too_complex": ("内容过于复杂，无法安全打开", AGAIN),
    NOT_NOW: ("暂时未能完成安全检查，并非文件有问题", "请稍后重试；其他文件已保存。"),
    "virus": ("未通过安全检查，可能含有病毒", "请检查电脑后使用原始文件重新上传；其他文件已保存。"),
}
VIEW: Final = ".view"
INCOMING: Final = ".incoming"
UNSAFE_IN_NAMES: Final = re.compile(r'[\\/:*?"<>|;%]')


class FileRefused(Invalid):
    """An upload that is not taken; `code` is a key of REASONS, the sentence names file, reason and remedy."""

    def __init__(self, reason: str, name: str, field: str = "file") -> None:
        wrong, remedy = REASONS[reason]
        wrong = wrong.format(
            megabytes=settings.UPLOAD_MAX_BYTES // 1024**2,
            pages=settings.UPLOAD_MAX_PAGES,
            megapixels=settings.UPLOAD_MAX_PIXELS // 10_000,
        )
        self.again = reason == NOT_NOW  # nothing was found against the file: the same one may be sent once more
        super().__init__(fields={field: f"文件“{name}”{wrong}。{remedy}"}, code=f"file_{reason}")


def store_upload(actor: Actor, region: str, upload: UploadedFile, *, now: datetime, field: str = "file") -> StoredFile:
    """Keep an uploaded file of a signed-in person under `region`/uuid and return its row.

    Order: checks, temporary file, child process, fsync and rename, then the row with its SHA-256: no row without file.
    field   name of the form field in the refusal
    Raises FileRefused (422, Chinese sentence with file, reason and remedy), NotAllowed (nobody, or another region's staff).
    """
    if actor.user_id is None or (actor.is_staff and actor.region != region):
        raise NotAllowed("请先登录，并在所属行政区内上传文件。")
    name = shown_name(upload.name or "")
    try:
        media_type = _agreed_type(upload)
        with _work_folder() as folder:
            original, view = folder / "original", folder / "view"
            sha256, size = _write(upload, original)
            found = look_into(original, view, KINDS[media_type].check)
            scan = _scan(original)
            ident = uuid.uuid4()
            path = f"{region}/{ident}"
            _keep(original, path)
            if found["view"]:
                _keep(view, path + VIEW)
    except Unfit as unfit:
        raise FileRefused(unfit.reason, name, field) from None
    with region_context(region):
        return StoredFile.objects.create(
            region_id=region,
            uuid=ident,
            name=name,
            media_type=media_type,
            size=size,
            pages=found["pages"],
            sha256=sha256,
            path=path,
            scan=scan,
            owner_id=actor.user_id,
            uploaded_at=now,
        )


def read_file(stored: StoredFile) -> bytes:
    """The original as it was sent. Raises NotFound if it is quarantined, lost by the storage or changed there."""
    _require_not_quarantined(stored)
    try:
        with default_storage.open(stored.path) as file:
            content: bytes = file.read()
    except FileNotFoundError:
        log.error("stored file %s is missing", stored.uuid)
        raise NotFound from None
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        log.error("stored file %s differs from its hash", stored.uuid)
        raise NotFound("该文件与登记的散列值不符，已停止提供，请联系窗口。", code="file_changed")
    return content


def _require_not_quarantined(stored: StoredFile) -> None:
    """What a later scan found is kept and handed to nobody."""
    if stored.scan == virus_scan.FOUND:
        raise NotFound("该文件未通过安全检查，已隔离，不提供下载。", code="file_quarantined")


def has_active_content(stored: StoredFile) -> bool:
    """Whether the PDF brought scripts, links or attachments: people then look at the sanitised copy."""
    return stored.media_type == "application/pdf" and bool(default_storage.exists(stored.path + VIEW))


def attachment(stored: StoredFile, *, original: bool = True) -> HttpResponse:
    """The file as a download that no browser opens in our origin. Access was checked by the caller (`access_file`).

    original   False gives the copy for looking at: pictures re-encoded upright without metadata (HEIC as JPEG), PDFs
               without active content; where the original is harmless there is no copy and the original is given
    """
    _require_not_quarantined(stored)
    view = stored.path + VIEW
    content, name, media_type = b"", stored.name, stored.media_type
    if original or not default_storage.exists(view):
        content = read_file(stored)
    else:
        with default_storage.open(view) as file:
            content = file.read()
        if media_type != "application/pdf":
            name, media_type = f"{Path(name).stem}.jpg", "image/jpeg"
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = disposition(name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def disposition(name: str) -> str:
    """Content-Disposition: attachment with an ASCII name for old clients and the true one (RFC 6266, RFC 8187)."""
    suffix = Path(name).suffix
    plain = f"file{suffix}" if suffix.isascii() else "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def shown_name(name: str) -> str:
    """The sender's file name as it may be shown and sent back: no path, no control or direction signs, ≤ 120 signs."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    visible = "".join(ch for ch in last if unicodedata.category(ch) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    clean = UNSAFE_IN_NAMES.sub("_", visible).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if dot and len(suffix) <= 5:
        return f"{stem[:114]}.{suffix}"
    return clean[:120] or "文件"


def remove_orphans(region: str, *, now: datetime, older_than: timedelta = timedelta(hours=24)) -> int:
    """Delete files of `region` that no row names, and what killed processes left; returns how many. Disks only.

    A transaction rolled back after the rename leaves such a file; the age keeps those of running transactions.
    """
    if not isinstance(default_storage, FileSystemStorage):
        return 0
    before = (now - older_than).timestamp()
    for left in Path(default_storage.path(INCOMING)).glob("upload-*"):
        if left.stat().st_mtime < before:
            rmtree(left, ignore_errors=True)
    folder = Path(default_storage.path(region))
    old = [p for p in folder.glob("*") if p.is_file() and p.stat().st_mtime < before]
    with region_context(region):
        known = set(StoredFile.objects.filter(region_id=region).values_list("path", flat=True))
    gone = [p for p in old if f"{region}/{p.name.removesuffix(VIEW)}" not in known]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _agreed_type(upload: UploadedFile) -> str:
    """The media type on which content, extension and declared type agree."""
    if not upload.size:
        raise Unfit("empty")
    if upload.size > settings.UPLOAD_MAX_BYTES:
        raise Unfit("too_big")
    suffix = Path(upload.name or "").suffix.lower()
    by_suffix = next((media for media, kind in KINDS.items() if suffix in kind.suffixes), None)
    declared = (upload.content_type or "").partition(";")[0].strip().lower()
    if by_suffix is None or (
        declared not in UNDECLARED and not any(declared in kind.declared for kind in KINDS.values())
    ):
        raise Unfit("not_accepted")
    upload.seek(0)
    if _sniffed(upload.read(512)) != by_suffix or declared not in (*UNDECLARED, *KINDS[by_suffix].declared):
        raise Unfit("not_this_type")
    return by_suffix


def _sniffed(head: bytes) -> str | None:
    """The kind by its first bytes. `filetype` knows only the brand heic; phones also write heix and plain mif1."""
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"heim", b"heis", b"mif1"):
        return "image/heic"
    found = filetype.guess(head)
    if found is None:
        return None
    return "image/png" if found.mime == "image/apng" else str(found.mime)  # the child says that it is animated


@contextmanager
def _work_folder() -> Iterator[Path]:
    """A private folder on the same disk as the stored files where that is a disk, so that a rename is atomic."""
    base: Path | None = None
    if isinstance(default_storage, FileSystemStorage):
        base = Path(default_storage.path(INCOMING))
        base.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=base, prefix="upload-") as folder:
        yield Path(folder)


def _write(upload: UploadedFile, path: Path) -> tuple[str, int]:
    """Write and fsync; returns the SHA-256 and the number of bytes. The size is counted again: a declared one is only a word."""
    digest, written = hashlib.sha256(), 0
    upload.seek(0)
    with path.open("wb") as file:
        for chunk in upload.chunks():
            written += len(chunk)
            if written > settings.UPLOAD_MAX_BYTES:
                raise Unfit("too_big")
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), written


def _scan(path: Path) -> str:
    scanner = virus_scan.scanner()
    result = scanner.scan(path) if scanner else virus_scan.NOT_RUN
    if result == virus_scan.FOUND:
        raise Unfit("virus")
    return result


def _keep(source: Path, path: str) -> None:
    """Move a checked file to its place: rename and fsync on a disk, an upload of the storage elsewhere."""
    if not isinstance(default_storage, FileSystemStorage):
        with source.open("rb") as file:
            default_storage.save(path, File(file))
        return
    target = Path(default_storage.path(path))
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    source.chmod(0o600)
    with source.open("rb") as file:
        os.fsync(file.fileno())
    source.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
