"""Keys of machine clients, from the server's console: issue (prints the key once), list, revoke."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cases.models import ClientKey, Scope
from cases.services.clients import issue_client_key, revoke_client_key
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Refusal
from creditrepair.tenancy.models import Region


class Command(BaseCommand):
    help = "Keys of machine clients: issue, list, revoke."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--region", required=True, help="GB/T 2260 code, e.g. 620321")
        verbs = parser.add_subparsers(dest="verb", required=True)
        issue = verbs.add_parser("issue", help="make a key and print it once")
        issue.add_argument("name", help="whose key it is")
        issue.add_argument("--scope", action="append", choices=Scope.values, required=True)
        issue.add_argument("--department", default="", help="records:write: code of the unit whose records it brings")
        issue.add_argument("--recorder", default="", help="records:write: account of that unit's recorder")
        issue.add_argument("--days", type=int, default=365, help="days until it ends (default 365)")
        verbs.add_parser("list", help="prefix, name, scopes, end, state")
        verbs.add_parser("revoke", help="stop a key for good").add_argument("prefix")

    def handle(self, *args: Any, **options: Any) -> None:
        region, now = options["region"], timezone.now()
        if not Region.objects.filter(pk=region).exists():
            raise CommandError(f"no region {region}")
        try:
            with region_context(region):
                if options["verb"] == "issue":
                    until = now + timedelta(days=options["days"])
                    key, text = issue_client_key(
                        system_actor(region),
                        name=options["name"],
                        scopes=options["scope"],
                        expires_at=until,
                        now=now,
                        department=options["department"],
                        recorder=options["recorder"],
                    )
                    self.stdout.write(f"{text}\n(shown this once; prefix {key.prefix}, until {until:%Y-%m-%d})")
                elif options["verb"] == "revoke":
                    revoke_client_key(system_actor(region), prefix=options["prefix"], now=now)
                    self.stdout.write("revoked")
                else:
                    for key in ClientKey.objects.filter(region_id=region).order_by("created"):
                        state = "revoked" if key.revoked else "expired" if key.has_expired else "valid"
                        end = f"{key.expiry_date:%Y-%m-%d}" if key.expiry_date else "no end"
                        self.stdout.write(f"{key.prefix}  {key.name}  {','.join(key.scopes)}  {end}  {state}")
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
