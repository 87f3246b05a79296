"""信用中国（甘肃）, the provincial platform: told of removals where the rule says so. Speaks as the city's platform does.

Its records come to it from the city's; it takes repairs only, and what it shows of its own accord is not read here.
"""

from sync.targets.creditchina_jinchang import CreditChinaJinchang


class CreditChinaGansu(CreditChinaJinchang):
    code = "creditchina_gansu"
    title = "信用中国（甘肃）"
    kinds = frozenset({"repair"})
    parallel = 2
    tells_changes = False


TARGET = CreditChinaGansu
