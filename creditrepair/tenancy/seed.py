"""The two regions and their departments, as data. A function, not a migration: tests and the demo call it again."""

from typing import Any

from stdnum.cn import uscc

from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Department, Region

# code → (name without the region, short form, market, number within the fake credit codes)
DEPARTMENTS: dict[str, tuple[str, str, bool, int]] = {
    "fgj": ("发展和改革局", "发改", False, 1),
    "scjgj": ("市场监督管理局", "市监", True, 2),
    "yjj": ("应急管理局", "应急", False, 3),
    "swj": ("税务局", "税", False, 4),
    "rsj": ("人力资源和社会保障局", "人社", False, 5),
    "tjj": ("统计局", "统", False, 6),
    "mzj": ("民政局", "民", False, 7),
    "fy": ("人民法院", "法", False, 8),
    "wlj": ("文体广电和旅游局", "文旅", False, 9),
    "zjj": ("住房和城乡建设局", "住建", False, 10),
    "sthjj": ("生态环境分局", "环", False, 11),
    "xfdd": ("消防救援大队", "消", False, 12),
}
# Not the county government: the next higher tax bureau; of the fire brigade nobody has told us; a court has none.
_REVIEWED_BY = {"swj": "国家税务总局金昌市税务局", "xfdd": "", "fy": ""}
REGIONS = {"620321": ("永昌县", "永"), "620302": ("金川区", "金川")}


def department_code(region: str, number: int) -> str:
    """A made-up but well-formed 统一社会信用代码 of an organ: 11 + region + serial + check character."""
    body = f"11{region}{number:09d}"
    return body + str(uscc.calc_check_digit(body))


def identity_of(name: str) -> dict[str, Any]:
    """Header and footer of a region; what the county has not told stays empty and prints nothing."""
    return {
        "site_name": f"{name}信用修复“一件事”",
        "host_unit": f"{name}发展和改革局",
        "operator_unit": f"{name}人民政府政务服务中心",
        "phone": "0935-0000000",
        "report_phone": "0935-0000012",
        "address": f"{name}政务服务中心一楼",
        "window": "信用修复窗口（示例）",
        "hours": "工作日 8:30—12:00，14:30—18:00",
        "sms_sign": "永昌信用" if name == "永昌县" else "金川信用",
    }


def seed_regions() -> None:
    """Create or complete both regions with their departments; running it again changes nothing."""
    for code, (name, short) in REGIONS.items():
        Region.objects.update_or_create(
            code=code, defaults={"name": name, "short_name": short, "identity": identity_of(name)}
        )
        with region_context(code):
            for unit, (title, form, market, number) in DEPARTMENTS.items():
                Department.objects.update_or_create(
                    region_id=code,
                    code=unit,
                    defaults={
                        "name": f"国家税务总局{name}税务局" if unit == "swj" else name + title,
                        "short_form": form,
                        "credit_code": department_code(code, number),
                        "market": market,
                        "phone": "0935-0000000",
                        "address": f"{name}政务服务中心一楼",
                        "window": f"{name}政务服务中心信用修复窗口",
                        "reconsideration_organ": _REVIEWED_BY.get(unit, f"{name}人民政府"),
                    },
                )
