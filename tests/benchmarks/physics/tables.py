"""The results as Markdown and as plots: docs/physics/, and the table in labs/pocket/README.md between its marks."""

from math import inf, log10
from pathlib import Path

from tests.benchmarks.physics.claims import Results, Rows, findings, held_out_loss
from tests.benchmarks.physics.sizes import read_sizes, sizes_table
from tests.benchmarks.physics.trials import METHODS, TASKS

BEGIN, END = "<!-- physics: begin -->", "<!-- physics: end -->"
SAY = {True: "shown", False: "**not shown**", None: "not run yet"}
WIDTH, HEIGHT, EDGE = 640, 300, 44


def claims_table(rows: Rows, sizes: Rows) -> str:
    """One line a phenomenon."""
    lines = ["| # | claim | measured here | |", "|---|---|---|---|"]
    lines += [f"| {f.number} | {f.claim} | {f.measured} | {SAY[f.shown]} |" for f in findings(rows, sizes)]
    return "\n".join(lines)


def tasks_table(rows: Rows) -> str:
    """Each task's metrics before any tuning and after each method, with the lab's settings."""
    lines = ["| task | metric | base | QLoRA | LoRA | full |", "|---|---|---|---|---|---|"]
    results = Results(rows)
    names = {row["name"] for row in rows.values() if row["phenomenon"] == 14}
    tasks = [task for task, _, _ in TASKS if all(f"{task} {method}" in names for method in METHODS)]
    for task in tasks:
        for metric in sorted(results.runs(14, f"{task} qlora")[0]["tuned"]):
            base = f"{results.mid(14, f'{task} lora', metric, 'base'):.3g}"
            tuned = [results.show(14, f"{task} {method}", metric) for method in METHODS]
            lines.append(f"| {task} | {metric} | {base} | {' | '.join(tuned)} |")
    return "\n".join(lines) if tasks else ""


def plot(title: str, series: dict[str, list[tuple[float, float]]], x_label: str, y_label: str) -> str:
    """A line plot as SVG, in black and greys that print: one dash pattern a series."""
    points = [point for line in series.values() for point in line]
    low_x, high_x = min(x for x, _ in points), max(x for x, _ in points)
    low_y, high_y = min(0.0, *(y for _, y in points)), max(y for _, y in points)

    def at(x: float, y: float) -> tuple[float, float]:
        across = (x - low_x) / ((high_x - low_x) or 1) * (WIDTH - 2 * EDGE)
        up = (y - low_y) / ((high_y - low_y) or 1) * (HEIGHT - 2 * EDGE)
        return EDGE + across, HEIGHT - EDGE - up

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{EDGE}" y="20">{title}</text>',
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">{x_label}</text>',
        f'<text x="{EDGE}" y="{EDGE - 6}">{y_label}, {low_y:.3g} to {high_y:.3g}; {low_x:.3g} to {high_x:.3g}</text>',
        f'<path d="M{EDGE},{EDGE} V{HEIGHT - EDGE} H{WIDTH - EDGE}" fill="none" stroke="#666"/>',
    ]
    for number, (name, line) in enumerate(series.items()):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in line))
        dash = ("", "6 3", "2 3", "8 3 2 3")[number % 4]
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="#222" stroke-width="1.5" stroke-dasharray="{dash}"/>'
        )
        x, y = at(*line[-1])
        parts.append(
            f'<text x="{min(x + 4, WIDTH - 90):.1f}" y="{max(y - 4, 12 + 12 * number):.1f}">{name}</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


def plots(rows: Rows) -> dict[str, str]:
    """File name to SVG, for what has been run."""
    made: dict[str, str] = {}
    first = next((row for row in rows.values() if row["phenomenon"] == 1), None)
    if first:
        line = [(float(step), loss) for step, loss in enumerate(first["losses"], start=1)]
        made["loss.svg"] = plot("First QLoRA run: training loss", {"loss": line}, "step", "nats/token")
    sweep = {
        kind: sorted(
            (float(row["name"].split("-", 1)[1]), min(held_out_loss(row), 12.0))
            for row in rows.values()
            if row["phenomenon"] == 3 and row["name"].startswith(kind)
        )
        for kind in ("lora-", "full-")
    }
    if all(sweep.values()):
        made["learning-rate.svg"] = plot(
            "Held-out loss after 200 steps by learning rate (12: diverged or above)",
            {kind[:-1]: [(log10(x), y) for x, y in line] for kind, line in sweep.items()},
            "log10 of the learning rate",
            "nats/token",
        )
    long = next((row for row in rows.values() if row["phenomenon"] == 4 and row["name"] == "long"), None)
    if long and long["evaluations"]:
        train = [
            (float(step), loss)
            for step, loss in enumerate(long["losses"], start=1)
            if loss is not None and loss < inf
        ]
        made["overfitting.svg"] = plot(
            "40 rows, 30 epochs",
            {"training": train, "validation": [(float(s), v) for s, v in long["evaluations"]]},
            "step",
            "nats/token",
        )
    return made


def write_tables(rows: Rows, root: Path) -> None:
    """Write docs/physics/README.md and its plots, and the table in the model's README."""
    folder = root / "docs" / "physics"
    drawings = plots(rows)
    for name, svg in drawings.items():
        (folder / name).write_text(svg, encoding="utf-8")
    seeds = sorted({row["seed"] for row in rows.values()})
    sizes = read_sizes(folder / "sizes.json")
    tables = (claims_table(rows, sizes), sizes_table(sizes), tasks_table(rows))
    body = "\n\n".join(table for table in tables if table) + "\n"
    text = (
        f"# Fine-tuning phenomena on the pocket model\n\nWritten by `make physics` from `results.jsonl`: {len(rows)} runs, seeds {seeds}. Median over seeds, range in brackets where there is more than one.\n\n{body}\n"
        + "".join(f"![{name}]({name})\n" for name in drawings)
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
    card = root / "labs" / "pocket" / "README.md"
    if card.is_file():
        before, _, rest = card.read_text(encoding="utf-8").partition(BEGIN)
        if rest:
            after = rest.partition(END)[2]
            card.write_text(f"{before}{BEGIN}\n{body}{END}{after}", encoding="utf-8")
