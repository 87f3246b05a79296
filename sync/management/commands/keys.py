"""Which keys sign and which are only believed, for whoever changes them (docs/production.md §10). Prints no secret."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from sync import seals
from sync.signing import KeyRing, SealKey
from sync.targets import targets


class Command(BaseCommand):
    help = "列出正在签名的密钥编号、仍被接受的密钥编号和公钥；不显示任何密钥"

    def handle(self, *args: Any, **options: Any) -> None:
        for code, kind in targets().items():
            given = settings.SYNC_TARGETS.get(code, {}).get("keys", "")
            if not given:
                self.stdout.write(f"{kind.title}（{code}）：未配置")
                continue
            ring = KeyRing.parse(given)
            believed = "、".join(key.kid for key in ring.keys[1:]) or "无"
            self.stdout.write(f"{kind.title}（{code}）：签名 {ring.current.kid}；另接受 {believed}")
        present = SealKey.from_seed(settings.SYNC_SIGNING_SEED)
        for kid, public in seals.public_keys().items():
            role = "签名" if kid == present.kid else "已停用，仍可验证"
            self.stdout.write(f"报文签章 {kid}：{role}，公钥 {public}")
