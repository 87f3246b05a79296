"""`python -m creditrepair.local.probe URL NAME`: a container is healthy when NAME does work, not when it is there."""

import http.client
import json
import sys
from urllib.parse import urlsplit


def is_healthy(url: str, name: str) -> bool:
    """Whether the site's health page has seen real work of `name` within the last minute."""
    address = urlsplit(url)
    line = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=5)
    try:
        # ALLOWED_HOSTS knows the public names of the site, not the name of its container.
        line.request("GET", address.path, headers={"Host": "localhost"})
        found = json.loads(line.getresponse().read(65536))
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        line.close()
    return name in found.get("beats", {}) and name not in found.get("late", [])


if __name__ == "__main__":
    sys.exit(0 if is_healthy(*sys.argv[1:3]) else 1)
