"""The published description: valid, without warnings, true to the answers; the page keeps the strict policy."""

import importlib.util
import io
import json
import re
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from cases.api import urls
from tests.world import FIRM_A


@pytest.fixture(scope="module")
def schema(tmp_path_factory) -> dict:
    path = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(path))
    return json.loads(path.read_text())


def test_every_address_is_described_with_its_errors(schema):
    described = {f"/api/v1/{p.pattern}".replace("<str:ref>", "{ref}") for p in urls.urlpatterns} - {
        "/api/v1/", "/api/v1/schema"
    }  # fmt: skip
    assert set(schema["paths"]) == described
    for methods in schema["paths"].values():
        for operation in methods.values():
            assert {"400", "429"} <= set(operation["responses"])
            refusals = [r for status, r in operation["responses"].items() if int(status) >= 400]
            assert {tuple(r["content"]) for r in refusals} == {("application/problem+json",)}


def test_only_cases_events_and_batches_need_a_key(schema):
    needs = {path: op["get"].get("security") for path, op in schema["paths"].items() if "get" in op}
    assert needs == {
        "/api/v1/progress": None,
        "/api/v1/batches/{ref}": [{"token": []}],
        "/api/v1/cases/{ref}": [{"token": []}],
        "/api/v1/cases/{ref}/events": [{"token": []}],
    }


def test_a_case_has_exactly_the_described_fields(schema, world, ask):
    body = ask(f"/api/v1/cases/{world.a_case('approved').ref}").json()
    assert set(body) == set(schema["components"]["schemas"]["Case"]["properties"])
    assert set(body["legs"][0]) == set(schema["components"]["schemas"]["Leg"]["properties"])


def test_the_facts_are_described_as_closed(schema):
    facts = schema["components"]["schemas"]["Facts"]
    assert (facts["additionalProperties"], facts["required"]) == (False, ["category"])


def test_the_schema_is_served_to_anybody(world, visitor):
    answer = visitor.get("/api/v1/schema")
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, "application/vnd.oai.openapi")


def test_the_page_has_nothing_inline_and_all_of_its_parts_are_there(world, visitor):
    page = visitor.get("/api/v1/")
    text = page.content.decode()
    assert page.status_code == 200
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", text)
    assert "'unsafe-" not in page["Content-Security-Policy"]
    parts = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert not [part for part in parts if "//" in part]
    script = next(part for part in parts if "script=" in part)
    assert visitor.get(script)["Content-Type"].startswith("application/javascript")


def client_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("api_client", Path(settings.BASE_DIR) / "examples" / "api_client.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def example(monkeypatch, key):
    """The example client, its socket replaced by the test client: what it sends is what arrives."""
    module, visitor = client_module(), Client(SERVER_NAME="127.0.0.1")

    def urlopen(request, timeout):
        path = request.full_url.removeprefix("http://127.0.0.1:8620")
        headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.header_items()}
        response = visitor.generic(
            request.get_method(), path, request.data or b"", headers.pop("HTTP_CONTENT_TYPE", ""), **headers
        )
        if response.status_code >= 400:
            raise module.urllib.error.HTTPError(
                request.full_url, response.status_code, "", {}, io.BytesIO(response.content)
            )
        return io.BytesIO(response.content)

    monkeypatch.setattr(module.urllib.request, "urlopen", urlopen)
    return module


def test_the_example_makes_all_four_calls(world, key, example):
    site = example.CreditRepair("http://127.0.0.1:8620", key[1])
    case = world.a_case("in_review")
    assert site.case(case.ref)["state"] == "in_review"
    assert [event["verb"] for event in site.events(case.ref)] == ["submitted", "accepted"]
    assert site.eligibility({"category": "administrative_penalty"})["reasons"]
    receipt = world.files("zhao", world.a_record(FIRM_A, "wlj"))
    assert site.progress(receipt.query_code, FIRM_A[-4:])["filing_no"] == receipt.filing_no


def test_the_example_tells_a_refusal_with_its_reference(world, key, example):
    with pytest.raises(example.Refused) as refusal:
        example.CreditRepair("http://127.0.0.1:8620", key[1]).case("0" * 20)
    assert refusal.value.problem["code"] == "not_found"
    assert refusal.value.problem["reference"] in str(refusal.value)


@pytest.mark.parametrize("base", ["http://localhost.example.org", "http://192.0.2.1", "ftp://127.0.0.1"])
def test_the_example_sends_no_key_in_clear(example, base):
    with pytest.raises(ValueError, match="https"):
        example.CreditRepair(base, "key").case("0" * 20)
