"""``finetutor quiz plan | optimise | progress | exam`` and ``stats --items``: what the learner's progress says and where it goes."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from metrics.clean import clean
from quiz_bank.clock import exam_moment
from quiz_bank.personal import keep_weights, scheduler_of
from quiz_bank.scheduling import Scheduler
from quiz_bank.store import Store
from tui.cli.columns import table
from tui.cli.main import home_of
from tui.cli.output import Json, LangOption, choose_language, print_json, print_lines
from tui.cli.quiz_care import mark_command, mend_clock_command, restore_command, undo_command
from tui.cli.quiz_exam import app as exam_app
from tui.cli.quiz_home import blueprint_of, percent, store_of
from tui.cli.quiz_output import bank_of, fail
from tui.i18n import t
from tui.settings import Settings, load_settings

progress_app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Carry progress to another machine.",
)


progress_app.command("restore")(restore_command)
progress_app.command("mend-clock")(mend_clock_command)


def register(app: typer.Typer) -> None:
    """Put these commands into ``finetutor quiz``."""
    app.command("plan")(plan_command)
    app.command("ready")(ready_command)
    app.command("optimise")(optimise_command)
    app.command("undo")(undo_command)
    app.command("mark")(mark_command)
    app.add_typer(progress_app, name="progress")
    app.add_typer(exam_app, name="exam")


def plan_command(
    context: typer.Context,
    exam: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the exam.")] = None,
    minutes: Annotated[int | None, typer.Option(min=0, max=1440, help="Minutes a day.")] = None,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """From today to the exam: what fits into the minutes a day, and what will be left over."""
    from quiz_bank.plan import plan

    choose_language(lang)
    now, settings = datetime.now(UTC), settings_of(context)
    with store_of(context, bank_of(context)) as store:
        moment = _exam(store, settings, exam.date() if exam else None)
        if moment is None:
            raise fail(t("quiz_cli.no_exam_date"))
        if moment <= now:
            raise fail(t("quiz_cli.exam_over"))
        found = plan(
            store,
            now=now,
            exam=moment,
            minutes_a_day=minutes if minutes is not None else settings.minutes_a_day,
            scheduler=scheduler_of(store, moment),
        )
    if json:
        print_json(found)
        return
    heads = [t(f"quiz_cli.plan_{name}") for name in ("day", "reviews", "new", "minutes", "over")]
    figures = [
        [day.day.isoformat(), *map(str, (day.reviews, day.new, round(day.minutes), day.left_over))]
        for day in found.days
    ]
    print_lines(table([heads, *figures]))
    print()
    if found.enough:
        print(t("quiz_cli.plan_enough", minutes=round(found.minutes_needed)))
    else:
        print(
            t(
                "quiz_cli.plan_left",
                new=found.left_over_new,
                reviews=found.left_over_reviews,
                needed=round(found.minutes_needed),
            )
        )
    if not found.pace.measured:
        print(t("quiz_cli.plan_guess", seconds=round(found.pace.review)))


def ready_command(
    context: typer.Context,
    blueprint: Annotated[str | None, typer.Option(help="Weights of the topics.")] = None,
    exam: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the exam.")] = None,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Readiness by topic at the exam date, with intervals, or too little data."""
    from quiz_bank.readiness import readiness, topic_shares

    language = choose_language(lang)
    bank, now = bank_of(context), datetime.now(UTC)
    chosen = blueprint_of(bank, blueprint)
    with store_of(context, bank) as store:
        moment = _exam(store, settings_of(context), exam.date() if exam else None) or now
        found = readiness(
            store, at=moment, shares=topic_shares(chosen), scheduler=scheduler_of(store, moment), now=now
        )
    if json:
        print_json(found)
        return
    for topic in found.topics:
        title = bank.topics[topic.topic].short[language] if topic.topic in bank.topics else topic.topic
        if topic.estimate is None:
            missing = t("quiz_cli.too_little", n=topic.answers_missing)
            print(f"{'':>9}  {title}{t('study.colon')}{missing}")
        else:
            print(f"{percent(topic.estimate)}  {title}")
    print(f"{percent(found.overall)}  {t('quiz_cli.overall')}" if found.overall else t("quiz_cli.no_overall"))


def optimise_command(
    context: typer.Context,
    apply: Annotated[bool, typer.Option("--apply", help="Use the fitted weights from now on.")] = False,
    default: Annotated[bool, typer.Option("--default", help="Go back to FSRS's default weights.")] = False,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Fit FSRS's weights to your own review log (needs 512 reviews on later days, torch and pandas)."""
    from quiz_bank.fitting import FitError, fit
    from quiz_bank.replay import rebuild, reviews

    choose_language(lang)
    with store_of(context, bank_of(context)) as store:
        if default:
            keep_weights(store, None)
            changed = rebuild(store, scheduler_of(store), keep_due=True)
            if json:
                print_json({"weights": Scheduler().parameters, "cards": changed})
            else:
                print(t("quiz_cli.fit_default", n=changed))
            return
        try:
            found = fit(reviews(store))
        except FitError as error:
            raise fail(str(error), 1) from error
        changed = 0
        if apply and found.better:
            keep_weights(store, found.weights)
            changed = rebuild(store, scheduler_of(store), keep_due=True)
    if json:
        print_json(
            {
                **msgspec.structs.asdict(found),
                "fitted": found.fitted,
                "better": found.better,
                "cards": changed,
            }
        )
        return
    if not found.fitted:
        print(t("quiz_cli.fit_too_few", counted=found.counted, needed=found.needed, reviews=found.reviews))
        return
    print(t("quiz_cli.fit_losses", default=f"{found.loss_default:.4f}", fitted=f"{found.loss_fitted:.4f}"))
    print(", ".join(f"{weight:.4f}" for weight in found.weights))
    if not found.better:
        print(t("quiz_cli.fit_no_better"))
    elif apply:
        print(t("quiz_cli.fit_applied", n=changed))
    else:
        print(t("quiz_cli.fit_not_applied"))


@progress_app.command("export")
def export_command(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Where to; stdout if it is left out.")] = None,
) -> None:
    """Write all progress as JSON lines: schedule, review log, answers, exams, predictions."""
    from quiz_bank.progress_export import export_lines

    with store_of(context, bank_of(context)) as store:
        encoded = (line + b"\n" for line in export_lines(store, datetime.now(UTC)))
        if file is None:
            sys.stdout.buffer.writelines(encoded)
            return
        partial = file.with_name(f".{file.name}.partial")
        try:
            with partial.open("wb") as out:
                out.writelines(encoded)
            partial.replace(file)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise fail(f"{file}: {error.strerror}", 1) from error


@progress_app.command("import")
def import_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `progress export` wrote.")],
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Add progress from a file: all of it or nothing; what is here already is not doubled."""
    from quiz_bank.progress_import import ProgressImportError, import_records, read_records

    choose_language(lang)
    with store_of(context, bank_of(context)) as store:
        try:
            added = import_records(store, read_records(file), scheduler_of(store))
        except ProgressImportError as error:
            if json:
                print_json({"code": error.code, "file": file, "problems": error.problems})
                raise typer.Exit(1) from error
            for problem in error.problems:
                print(clean(f"{file}:{problem.line}: {problem.message}", one_line=True), file=sys.stderr)
            raise fail(t("quiz_cli.nothing_imported"), 1) from error
        except OSError as error:
            raise fail(f"{file}: {error.strerror}", 1) from error
    if json:
        print_json(added)
    else:
        print(t("quiz_cli.imported", **msgspec.structs.asdict(added)))


def item_statistics(context: typer.Context, json: bool) -> None:
    """How the items behave: difficulty, discrimination, options, variants, and which look suspicious."""
    from quiz_bank.analysis import analyse, responses

    bank = bank_of(context)
    with store_of(context, bank) as store:
        found = analyse(responses(store), {question.id: question for question in bank.questions})
    if json:
        print_json(found)
    else:
        from tui.cli.quiz_items import analysis_lines

        print_lines(analysis_lines(found))


def _exam(store: Store, settings: Settings, day: date | None) -> datetime | None:
    """The exam named on the command line, or that of the settings."""
    wanted = day or settings.exam_date
    return exam_moment(wanted, store.days.zone) if wanted else None


def settings_of(context: typer.Context) -> Settings:
    """The learner's settings; the defaults, with a word on stderr, where the file cannot be read."""
    from tui.settings import SettingsError

    try:
        return load_settings(home_of(context).settings)
    except SettingsError as error:
        print(clean(str(error)), file=sys.stderr)
        return Settings()
