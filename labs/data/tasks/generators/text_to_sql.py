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
TEST_TABLES = (
    Table("teams", "球队", (("coach", "教练", PEOPLE), ("town", "城镇", CITIES)), (("wins", "胜场", 0, 40), ("points", "积分", 10, 99))),
    Table("games", "游戏", (("maker", "厂商", ("Nova", "Pixel", "Orbit", "Delta")), ("genre", "类别", ("race", "card", "word"))), (("rating", "评分", 1, 10), ("hours", "时长", 2, 90))),
    Table("trips", "行程", (("guide", "导游", PEOPLE), ("month", "月份", ("March", "June", "October"))), (("cost", "费用", 100, 990), ("days", "天数", 1, 15))),
    Table("plants", "植物", (("family", "科属", ("tree", "flower", "grass")), ("garden", "花园", ("hill", "lake", "river"))), (("height", "高度", 5, 300), ("leaves", "叶数", 1, 50))),
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
    return "\n".join(_script(random, table) for table in (*TRAIN_TABLES, *TEST_TABLES)) + "\n"


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
    random = Random(seed)
    connection = sqlite3.connect(":memory:")
    connection.executescript(database(seed))
    seen: set[str] = set()
    splits: dict[str, list[Row]] = {}
    for split, count in (("train", 720), ("validation", 100), ("test", 150)):
        splits[split] = []
        while len(splits[split]) < count:
            table = random.choice(TRAIN_TABLES if split == "train" else TEST_TABLES)
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
