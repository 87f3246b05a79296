"""`python3 creditrepair/local/compose_env.py`: write the secrets of docker-compose.yml, all random, below var/compose/.

Standard library only, so that nothing must be installed beside Docker. One file per circle of those who may know.
"""

import os
import secrets
import sys
from pathlib import Path

PLACE = Path(__file__).resolve().parent.parent.parent / "var" / "compose"
SERVER = "postgres:5432"


def compose_environment() -> dict[str, dict[str, str]]:
    """Fresh values by file: `postgres` the server, `owner` migrations, `site` our programs, `platforms` both ends."""
    words = {role: secrets.token_hex(24) for role in ("postgres", "owner", "app", "sender")}

    def url(role: str, database: str = "creditrepair") -> str:
        return f"postgresql://{role}:{words[role]}@{SERVER}/{database}"

    return {
        "postgres": {"POSTGRES_PASSWORD": words["postgres"]},
        "owner": {"DATABASE_ADMIN_URL": url("postgres", "postgres"), "DATABASE_OWNER_URL": url("owner")},
        "site": {
            "DATABASE_URL": url("app"),
            "DATABASE_SENDER_URL": url("sender"),
            "SECRET_KEY": secrets.token_hex(48),
            "SYNC_SIGNING_SEED": secrets.token_hex(32),
            "QR_KEYS": f"k1={secrets.token_hex(32)}",
        },
        "platforms": {
            name: f"k1:{secrets.token_hex(32)}" for name in ("PLATFORM_A_KEYS", "PLATFORM_B_KEYS", "SMS_KEYS")
        },
    }


def write(place: Path) -> bool:
    """Write the files, 0600, unless the folder is there already: its secrets belong to data that exist."""
    try:
        place.mkdir(parents=True, mode=0o700)
    except FileExistsError:
        return False
    for name, values in compose_environment().items():
        with os.fdopen(os.open(place / f"{name}.env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.writelines(f"{key}={value}\n" for key, value in values.items())
    return True


if __name__ == "__main__":
    print(f"{PLACE}: " + ("written; keep it as safe as the data" if write(PLACE) else "exists, and is kept"))
    sys.exit(0)
