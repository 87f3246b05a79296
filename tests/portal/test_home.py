"""The first page: two verbs, one search box, nine items with their units, and only what the region has set."""

import re

import pytest

from cases.categories import rooms
from creditrepair.tenancy.models import Region
from tests.world import YONGCHANG


def home_with(visitor, **identity) -> str:
    region = Region.objects.get(pk=YONGCHANG)
    region.identity = region.identity | identity
    region.save()
    return visitor.get("/").content.decode()


def test_two_verbs_one_search_box_and_the_calculator(visitor, world):
    page = visitor.get("/").content.decode().split("<main")[1]
    assert re.findall(r'class="verb[^"]*" href="([^"]+)".*?<b>(.+?)</b>', page) == [
        ("/apply", "我要办"),
        ("/search", "我要查"),
    ]
    assert page.count('role="search"') == 1
    assert "请输入企业名称（至少4个字）或统一社会信用代码" in page
    assert 'href="/calculator"' in page


def test_nine_items_name_unit_window_address_and_telephone(visitor, world):
    page = visitor.get("/").content.decode()
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    assert len(rows) == len(rooms()) == 9
    for row in rows:
        for label in ("责任单位", "窗口和地址", "电话"):
            assert re.search(rf'data-label="{label}">\s*(<a[^>]*>)?[^<\s]', row), row
    assert 'href="tel:12345"' in page and "办公时间：" in page


def test_other_sites_are_printed_only_if_set_and_open_nothing_of_ours(visitor, world):
    assert "相关网站" not in visitor.get("/").content.decode()
    page = home_with(visitor, sites={"gsxt_gansu": "https://gs.example/", "gov_service": ""})
    assert '<a href="https://gs.example/" rel="noopener noreferrer">国家企业信用信息公示系统（甘肃）</a>' in page
    assert "政务服务网" not in page


@pytest.mark.fault("B7", "B56")
@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example/", "ftp://a.example/", 7, None]
)
def test_what_is_no_web_address_is_not_printed(visitor, world, address):
    assert "相关网站" not in home_with(visitor, sites={"gsxt_gansu": address})
    assert "相关网站" not in home_with(visitor, sites=address)
