# ruff: noqa: S608 - the queries are text to learn from, put together from our own word lists
"""Questions on a table, answered in SQLite's SQL: test tables and their columns occur in no training row."""

import sqlite3
from random import Random

import msgspec

from labs.data.tasks.generators.row import Row, Splits


class Table(msgspec.Struct, frozen=True):
    """A table: text columns with the values they hold, and number columns with their range."""

    name: str
    zh: str
    texts: tuple[tuple[str, str, tuple[str, ...]], ...]
    numbers: tuple[tuple[str, str, int, int], ...]


PEOPLE = ("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry", "Iris", "Jack", "Kate", "Leo")
CITIES = ("Beijing", "Shanghai", "Paris", "London", "Tokyo", "Rome", "Berlin", "Madrid")
TRAIN_TABLES = (
    Table("employees", "员工", (("name", "姓名", PEOPLE), ("city", "城市", CITIES)), (("age", "年龄", 20, 60), ("salary", "工资", 3000, 9000))),
    Table("orders", "订单", (("customer", "顾客", PEOPLE), ("status", "状态", ("paid", "sent", "open"))), (("amount", "金额", 10, 900), ("items", "件数", 1, 20))),
    Table("products", "产品", (("title", "名称", ("lamp", "chair", "cup", "table", "clock", "bag")), ("color", "颜色", ("red", "blue", "green", "black"))), (("price", "价格", 5, 500), ("stock", "库存", 0, 80))),
    Table("students", "学生", (("name", "姓名", PEOPLE), ("school", "学校", ("north", "south", "east", "west"))), (("score", "分数", 40, 100), ("year", "年级", 1, 6))),
    Table("trains", "列车", (("start", "起点", CITIES), ("day", "日期", ("Monday", "Friday", "Sunday"))), (("seats", "座位", 50, 400), ("price", "票价", 20, 300))),
    Table("books", "图书", (("title", "书名", ("river", "garden", "winter", "journey", "night", "island")), ("author", "作者", PEOPLE)), (("pages", "页数", 80, 600), ("year", "年份", 1950, 2025))),
    Table("rooms", "房间", (("building", "楼", ("A", "B", "C")), ("kind", "类型", ("office", "lab", "store"))), (("size", "面积", 8, 90), ("floor", "楼层", 1, 12))),
    Table("shops", "商店", (("owner", "店主", PEOPLE), ("city", "城市", CITIES)), (("profit", "利润", 100, 900), ("staff", "店员数", 1, 30))),
)  # fmt: skip
# Parts of further training tables. With eight tables alone a model learns their columns by heart instead of reading the schema.
NAMES = (
    ("clients", "客户"), ("drivers", "司机"), ("singers", "歌手"), ("farms", "农场"), ("boats", "船只"), ("hotels", "酒店"), ("meals", "餐点"), ("songs", "歌曲"), ("films", "电影"),
    ("phones", "手机"), ("cars", "汽车"), ("parks", "公园"), ("roads", "道路"), ("tools", "工具"), ("letters", "信件"), ("lessons", "课程"), ("doctors", "医生"), ("nurses", "护士"),
    ("flights", "航班"), ("markets", "市场"), ("banks", "银行"), ("loans", "贷款"), ("bills", "账单"), ("visits", "来访"), ("repairs", "维修"), ("parcels", "包裹"), ("horses", "马匹"),
    ("bridges", "桥梁"), ("museums", "博物馆"), ("offices", "办公室"), ("contracts", "合同"), ("workers", "工人"), ("machines", "机器"), ("windows", "窗户"), ("classes", "班级"), ("matches", "比赛"),
)  # fmt: skip
TEXTS = (
    ("manager", "经理", PEOPLE), ("seller", "卖家", PEOPLE), ("driver", "驾驶员", PEOPLE), ("judge", "评委", PEOPLE), ("partner", "合伙人", PEOPLE), ("teacher", "老师", PEOPLE), ("capital", "首府", CITIES),
    ("origin", "产地", CITIES), ("port", "港口", CITIES), ("station", "车站", CITIES), ("region", "地区", ("north", "south", "east", "west")), ("season", "季节", ("spring", "summer", "autumn", "winter")),
    ("material", "材料", ("wood", "metal", "paper", "stone")), ("brand", "品牌", ("Sun", "Moon", "Star", "Cloud")), ("level", "级别", ("low", "middle", "high")), ("shape", "形状", ("round", "square", "long")),
    ("weather", "天气", ("rain", "snow", "wind")), ("language", "语言", ("English", "Chinese", "French")), ("taste", "口味", ("sweet", "sour", "salty")), ("reason", "原因", ("late", "broken", "lost")),
)  # fmt: skip
NUMBERS = (
    ("weight", "重量", 1, 90), ("length", "长度", 10, 900), ("width", "宽度", 5, 80), ("speed", "速度", 20, 300), ("count", "数量", 1, 60), ("rent", "租金", 200, 990), ("tax", "税额", 10, 200),
    ("power", "功率", 5, 500), ("visitors", "访客数", 10, 800), ("members", "成员数", 2, 90), ("distance", "距离", 3, 700), ("minutes", "分钟数", 5, 240), ("debt", "欠款", 50, 900), ("income", "收入", 300, 990),
    ("depth", "深度", 1, 60), ("marks", "得分", 10, 100), ("wheels", "轮数", 2, 12), ("doors", "门数", 1, 9), ("grade", "等级", 1, 8), ("discount", "折扣", 5, 60),
)  # fmt: skip


def training_tables() -> tuple[Table, ...]:
    """The tables written out, and one for each further name, its columns drawn once for good; the test has none of them."""
    random = Random(21)
    drawn = [
        Table(name, zh, tuple(random.sample(TEXTS, 2)), tuple(random.sample(NUMBERS, 2)))
        for name, zh in NAMES
    ]
    return (*TRAIN_TABLES, *drawn)


TEST_TABLES = (
    Table("teams", "球队", (("boss", "老板", PEOPLE), ("post", "岗位", ("front", "middle", "back"))), (("wage", "工钱", 10, 99), ("share", "份额", 1, 40))),
    Table("games", "游戏", (("company", "公司", ("Nova", "Pixel", "Orbit", "Delta")), ("type", "类别", ("race", "card", "word"))), (("risk", "风险", 1, 10), ("time", "时长", 2, 90))),
    Table("trips", "行程", (("colleague", "同事", PEOPLE), ("month", "月份", ("March", "June", "October"))), (("cost", "费用", 100, 990), ("week", "周数", 1, 15))),
    Table("plants", "植物", (("garden", "花园", ("hill", "lake", "river")), ("side", "方位", ("left", "right"))), (("rate", "比例", 1, 50), ("loss", "损失", 5, 300))),
)  # fmt: skip
AGGREGATES = (
    ("MAX", "highest", "最高的"),
    ("MIN", "lowest", "最低的"),
    ("AVG", "average", "平均"),
    ("SUM", "total", "总"),
)


def database(seed: int = 8) -> str:
    """One SQL script with all tables, twelve rows each; the task's `database.sql`."""
    random = Random(seed)
    return "\n".join(_script(random, table) for table in (*training_tables(), *TEST_TABLES)) + "\n"


def _script(random: Random, table: Table) -> str:
    columns = [f"{name} TEXT" for name, _, _ in table.texts] + [
        f"{name} INTEGER" for name, _, _, _ in table.numbers
    ]
    lines = [f"CREATE TABLE {table.name} ({', '.join(columns)});"]
    for _ in range(12):
        values = [f"'{random.choice(choices)}'" for _, _, choices in table.texts]
        values += [str(random.randint(low, high)) for _, _, low, high in table.numbers]
        lines.append(f"INSERT INTO {table.name} VALUES ({', '.join(values)});")
    return "\n".join(lines)


def _ask(random: Random, table: Table) -> tuple[str, str, str, str]:
    """(kind, English, Chinese, query) about a table."""
    text, text_zh, values = random.choice(table.texts)
    number, number_zh, low, high = random.choice(table.numbers)
    other, other_zh = random.choice(
        [(n, z) for n, z, *_ in (*table.texts, *table.numbers) if n not in (text, number)]
    )
    value, bound = random.choice(values), random.randint(low + (high - low) // 4, high - (high - low) // 4)
    t, z = table.name, table.zh
    kind = random.choice(("equal", "compare", "count", "aggregate", "top", "group"))
    if kind == "equal":
        return (
            kind,
            f"Which {other} belongs to {t} whose {text} is {value}?",
            f"{text_zh}为{value}的{z}，{other_zh}是什么？",
            f"SELECT {other} FROM {t} WHERE {text} = '{value}'",
        )
    if kind == "compare":
        sign, en, zh = random.choice(((">", "more than", "大于"), ("<", "less than", "小于")))
        return (
            kind,
            f"Give the {text} of {t} with {number} {en} {bound}.",
            f"列出{number_zh}{zh}{bound}的{z}的{text_zh}。",
            f"SELECT {text} FROM {t} WHERE {number} {sign} {bound}",
        )
    if kind == "count":
        return (
            kind,
            f"How many {t} have {text} {value}?",
            f"{text_zh}是{value}的{z}有多少？",
            f"SELECT COUNT(*) FROM {t} WHERE {text} = '{value}'",
        )
    if kind == "aggregate":
        function, en, zh = random.choice(AGGREGATES)
        return (
            kind,
            f"What is the {en} {number} of {t} with {text} {value}?",
            f"{text_zh}是{value}的{z}，{zh}{number_zh}是多少？",
            f"SELECT {function}({number}) FROM {t} WHERE {text} = '{value}'",
        )
    if kind == "top":
        n = random.randint(2, 5)
        return (
            kind,
            f"Show the {text} of the {n} {t} with the most {number}.",
            f"按{number_zh}从高到低，列出前{n}个{z}的{text_zh}。",
            f"SELECT {text} FROM {t} ORDER BY {number} DESC LIMIT {n}",
        )
    return (
        kind,
        f"For each {text}, how many {t} are there?",
        f"每个{text_zh}各有多少{z}？",
        f"SELECT {text}, COUNT(*) FROM {t} GROUP BY {text}",
    )


def _says_something(connection: sqlite3.Connection, query: str) -> bool:
    """Whether the query returns rows, and not just nothing or NULL: an empty result would match a wrong query."""
    found = connection.execute(query).fetchall()
    return bool(found) and found[0][0] not in (None, 0)


def rows(seed: int = 8) -> Splits:
    """Prompts show the table with its columns, and ask in English or in Chinese."""
    random, training = Random(seed), training_tables()
    connection = sqlite3.connect(":memory:")
    connection.executescript(database(seed))
    seen: set[str] = set()
    splits: dict[str, list[Row]] = {}
    for split, count in (("train", 720), ("validation", 100), ("test", 150)):
        splits[split] = []
        while len(splits[split]) < count:
            table = random.choice(training if split == "train" else TEST_TABLES)
            kind, english, chinese, query = _ask(random, table)
            lang = random.choice(("en", "zh"))
            columns = [(name, zh) for name, zh, _ in table.texts]
            columns += [(name, zh) for name, zh, _, _ in table.numbers]
            named = [f"{name} {zh}" if lang == "zh" else name for name, zh in columns]
            prompt = f"{table.name}({', '.join(named)})\n{english if lang == 'en' else chinese}"
            if prompt in seen or not _says_something(connection, query):
                continue
            seen.add(prompt)
            splits[split].append(
                Row(
                    f"sql-{split}-{len(splits[split]):04}",
                    lang,
                    kind,
                    prompt,
                    query,
                    meta={"table": table.name},
                )
            )
    connection.close()
    return splits
