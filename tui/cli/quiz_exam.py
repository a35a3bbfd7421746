"""``finetutor quiz exam``: a mock exam from the command line. Its clock runs on between commands."""

import secrets
import time
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from quiz_bank.analysis import measured_difficulty
from quiz_bank.answers_text import parse_answer
from quiz_bank.bank import Bank
from quiz_bank.errors import AnswerError, FormulaError
from quiz_bank.exams import (
    ExamOverError,
    ExamReport,
    ExamRunningError,
    ExamSession,
    assemble,
    finish,
    history,
    recent_digests,
    report,
    trend,
)
from quiz_bank.personal import scheduler_of
from quiz_bank.store import Store
from quiz_bank.text import Lang
from quiz_bank.variants import Variant, present
from tui.cli.columns import table
from tui.cli.output import Json, LangOption, choose_language, print_json, print_lines
from tui.cli.quiz_exam_report import report_lines
from tui.cli.quiz_home import blueprint_of, percent, store_of
from tui.cli.quiz_output import answer_trouble, bank_of, fail
from tui.cli.quiz_text import shown, variant_lines
from tui.i18n import t

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None, help="Mock exams, timed."
)

Number = Annotated[int, typer.Argument(min=1, help="Number of the item, from 1.")]


@app.command()
def blueprints(context: typer.Context, lang: LangOption = None, json: Json = False) -> None:
    """What exams there are, and which of their figures are verified."""
    bank, language = bank_of(context), choose_language(lang)
    if json:
        print_json(list(bank.blueprints.values()))
        return
    rows = [
        [
            name,
            t("quiz_cli.blueprint_items", n=one.items),
            t("times.minutes", n=one.minutes),
            shown(one.title, language),
        ]
        for name, one in bank.blueprints.items()
    ]
    lines = list(table([[*row[:3], ""] for row in rows]))
    for line, row, blueprint in zip(lines, rows, bank.blueprints.values(), strict=True):
        print(f"{line}  {row[3]}")
        doubtful = [field for field, known in msgspec.structs.asdict(blueprint.verified).items() if not known]
        if doubtful:
            names = t("exam.comma").join(t(f"exam.figure_{field}") for field in doubtful)
            print(f"  {t('exam.unverified', names=names)}")


@app.command()
def start(
    context: typer.Context,
    blueprint: Annotated[str | None, typer.Option(help="Which exam; otherwise the first.")] = None,
    seed: Annotated[int | None, typer.Option(help="Draws the same sheet again.")] = None,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Draw a sheet and start the clock."""
    language, bank = choose_language(lang), bank_of(context)
    chosen = blueprint_of(bank, blueprint)
    with store_of(context, bank) as store:
        drawn = seed if seed is not None else secrets.randbelow(1 << 31)
        try:
            sheet = assemble(
                chosen, bank, drawn, recent=recent_digests(store), difficulty=measured_difficulty(store)
            )
            session = ExamSession.start(store, sheet, datetime.now(UTC))
        except (ExamRunningError, ValueError, FormulaError) as error:
            raise fail(str(error), 1) from error
        if json:
            print_json({"exam": session.exam, "seed": drawn, "ends_at": session.ends_at, "sheet": sheet})
            return
    for shortfall in sheet.shortfalls:
        title = shown(chosen.sections[shortfall.section].title, language)
        print(t("quiz_cli.shortfall", section=title, wanted=shortfall.wanted, found=shortfall.found))
    print(t("quiz_cli.exam_started", items=len(sheet.items), minutes=chosen.minutes, seed=drawn))


@app.command("show")
def show_item(
    context: typer.Context,
    number: Annotated[int | None, typer.Argument(help="Number of the item; otherwise the list.")] = None,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """The running exam: time left, what is unanswered and flagged; or one of its items."""
    language = choose_language(lang)
    bank, now = bank_of(context), datetime.now(UTC)
    with store_of(context, bank) as store:
        session = _running(store)
        if number is None:
            _overview(session, now, json)
            return
        place = _place(session, number)
        _remember(session, place, now)
        variant = _variant(session, place, bank)
        given = session.given(place)[0]
        if json:
            print_json(
                {"number": number, "id": variant.question.id, "prompt": variant.prompt, "given": given}
            )
            return
        print(f"{number}/{len(session.sheet.items)}  {_clock(session, now)}")
        print_lines(variant_lines(variant, bank, language))
        if given.answer is not None:
            print(t("quiz_cli.given", answer=msgspec.json.encode(given.answer).decode()))


@app.command()
def answer(
    context: typer.Context,
    number: Number,
    text: Annotated[str, typer.Argument(help='As in `quiz next`; "" takes the answer back.')],
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Answer an item, or change the answer. It is on the disk when this returns."""
    choose_language(lang)
    bank, now = bank_of(context), datetime.now(UTC)
    with store_of(context, bank) as store:
        session = _running(store)
        place = _place(session, number)
        try:
            given = parse_answer(_variant(session, place, bank), text) if text.strip() else None
            session.answer(place, given, now)
        except AnswerError as error:
            raise fail(answer_trouble(error), 1) from error
        except ExamOverError as error:
            raise fail(str(error), 1) from error
        if json:
            print_json(
                {"number": number, "answer": given, "unanswered": [n + 1 for n in session.unanswered()]}
            )
        else:
            print(
                t("quiz_cli.saved", number=number, left=len(session.unanswered()), clock=_clock(session, now))
            )


@app.command()
def flag(
    context: typer.Context,
    number: Number,
    off: Annotated[bool, typer.Option("--off", help="Take the flag off.")] = False,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Flag an item to come back to."""
    choose_language(lang)
    with store_of(context, bank_of(context)) as store:
        session = _running(store)
        try:
            session.flag(_place(session, number), not off, datetime.now(UTC))
        except ExamOverError as error:
            raise fail(str(error), 1) from error
        if json:
            print_json({"number": number, "flagged": [place + 1 for place in session.flagged()]})
        else:
            print(t("quiz_cli.flag_off" if off else "quiz_cli.flag_on", number=number))


@app.command()
def take(context: typer.Context, lang: LangOption = None) -> None:
    """Go through the unanswered items of the running exam, one by one; Ctrl+D or Ctrl+C leaves it open."""
    language = choose_language(lang)
    bank = bank_of(context)
    with store_of(context, bank) as store:
        session = _running(store)
        for place in session.unanswered():
            began = time.monotonic()
            now = datetime.now(UTC)
            if session.over(now):
                break
            print(f"\n{place + 1}/{len(session.sheet.items)}  {_clock(session, now)}")
            variant = _variant(session, place, bank)
            print_lines(variant_lines(variant, bank, language))
            if not _ask(session, place, variant, began):
                print(t("quiz_cli.time_up"))
                break
        print(t("quiz_cli.hand_in"))


@app.command("finish")
def finish_command(context: typer.Context, lang: LangOption = None, json: Json = False) -> None:
    """Hand in and read the report."""
    language = choose_language(lang)
    bank = bank_of(context)
    with store_of(context, bank) as store:
        session = _running(store)
        found = finish(session, bank, datetime.now(UTC), scheduler=scheduler_of(store))
    _say(found, bank, language, json)


@app.command("report")
def report_command(
    context: typer.Context,
    exam: Annotated[int | None, typer.Argument(help="Number of the exam; otherwise the last.")] = None,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """The report of an exam that was handed in."""
    language = choose_language(lang)
    bank = bank_of(context)
    with store_of(context, bank) as store:
        done = history(store)
        number = exam if exam is not None else done[-1].exam if done else 0
        found = report(store, number)
        if found is None:
            raise fail(t("quiz_cli.no_report"), 1)
    _say(found, bank, language, json)


@app.command("history")
def history_command(context: typer.Context, lang: LangOption = None, json: Json = False) -> None:
    """All exams handed in, and whether scores rise."""
    choose_language(lang)
    with store_of(context, bank_of(context)) as store:
        done = history(store)
    rising = trend(done)
    if json:
        print_json({"exams": done, "trend": rising})
        return
    for one in done:
        mark = t("quiz_cli.passed") if one.passed else t("quiz_cli.failed")
        print(f"{one.exam:>3}  {one.finished_at:%Y-%m-%d}  {one.blueprint:<20} {percent(one.score)}  {mark}")
    if rising is None:
        print(t("quiz_cli.no_trend"))
    else:
        low, slope, high = (f"{100 * value:+.1f}" for value in (rising.low, rising.slope, rising.high))
        print(t("quiz_cli.trend", slope=slope, low=low, high=high))


def _running(store: Store) -> ExamSession:
    session = ExamSession.running(store)
    if session is None:
        raise fail(t("quiz_cli.no_exam"), 1)
    return session


def _place(session: ExamSession, number: int) -> int:
    if not 1 <= number <= len(session.sheet.items):
        raise fail(t("quiz_cli.no_item", items=len(session.sheet.items)))
    return number - 1


def _remember(session: ExamSession, place: int, now: datetime) -> None:
    """Remember where the learner is, while the exam runs."""
    if not session.over(now):
        session.leave(session.current, place, now)


def _variant(session: ExamSession, place: int, bank: Bank) -> Variant:
    item = session.sheet.items[place]
    try:
        return present(bank.question(item.question), item.seed, bank)
    except KeyError as error:
        raise fail(t("quiz_cli.question_gone", item=item.question), 1) from error


def _ask(session: ExamSession, place: int, variant: Variant, began: float) -> bool:
    """Ask until the answer can be read; False when the time is up."""
    while True:
        text = typer.prompt(">", prompt_suffix=" ", default="", show_default=False)
        try:
            given = parse_answer(variant, text) if text.strip() else None
            session.answer(place, given, datetime.now(UTC), seconds=time.monotonic() - began)
        except AnswerError as error:
            print(answer_trouble(error))
            continue
        except ExamOverError:
            return False
        return True


def _clock(session: ExamSession, now: datetime) -> str:
    seconds = int(session.remaining(now).total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _overview(session: ExamSession, now: datetime, json: bool) -> None:
    if json:
        print_json(
            {
                "exam": session.exam,
                "blueprint": session.sheet.blueprint.id,
                "seconds_left": session.remaining(now).total_seconds(),
                "current": session.current + 1,
                "unanswered": [place + 1 for place in session.unanswered()],
                "flagged": [place + 1 for place in session.flagged()],
                "items": session.sheet.items,
            }
        )
        return
    print(t("quiz_cli.time_left", clock=_clock(session, now)))
    print(
        t("quiz_cli.unanswered", numbers=", ".join(str(place + 1) for place in session.unanswered()) or "-")
    )
    print(t("quiz_cli.flagged", numbers=", ".join(str(place + 1) for place in session.flagged()) or "-"))


def _say(found: ExamReport, bank: Bank, lang: Lang, json: bool) -> None:
    if json:
        print_json(found)
    else:
        print_lines(report_lines(found, bank, lang))
