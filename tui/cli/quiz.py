"""``finetutor quiz``: the bank and the learner's progress from the command line; results on stdout, the rest on stderr."""

import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from metrics.clean import clean
from quiz_bank.answers_text import parse_answer
from quiz_bank.bank import CONTENT, Bank, load_bank
from quiz_bank.errors import AnswerError, FormulaError
from quiz_bank.grading import grade
from quiz_bank.lint import Finding, lint
from quiz_bank.questions import KINDS, Question
from quiz_bank.variants import Variant, present, with_values
from tui.cli.main import home_of
from tui.cli.output import Json, LangOption, choose_language, print_json, print_lines
from tui.cli.quiz_counts import bank_counts, count_lines
from tui.cli.quiz_output import answer_trouble, bank_of, fail
from tui.cli.quiz_progress import register
from tui.cli.quiz_text import key_lines, variant_lines, verdict_lines
from tui.i18n import t
from tui.library_words import in_words

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command("lint")
def lint_command(
    context: typer.Context,
    file: Annotated[list[Path] | None, typer.Option(help="Show findings of these files only.")] = None,
    strict: Annotated[bool, typer.Option(help="Warnings count as errors.")] = False,
    decks: Annotated[bool, typer.Option(help="Lint your own decks too.")] = True,
    json: Json = False,
) -> None:
    """Check the question bank; exit 1 on errors."""
    home = home_of(context)
    missing = [str(path) for path in file or () if not path.is_file()]
    if missing:
        raise fail(f"no such file: {', '.join(missing)}")
    bank = load_bank((CONTENT, home.decks) if decks else (CONTENT,), file or ())
    labs, models = _known_labs()
    # A file outside the bank is a deck to be: it may be in one language.
    outside = [path.parent for path in file or () if CONTENT not in path.resolve().parents]
    findings = lint(bank, labs, models, one_language=(home.decks, *outside))
    wanted = {path.resolve() for path in file or ()}
    if wanted:
        findings = [found for found in findings if found.file.resolve() in wanted]
    errors = sum(found.severity == "error" for found in findings)
    if json:
        print_json({"errors": errors, "warnings": len(findings) - errors, "findings": findings})
    else:
        _print_findings(findings, bank, errors, wanted)
    if errors or (strict and findings):
        raise typer.Exit(1)


@app.command()
def show(
    context: typer.Context,
    item: Annotated[str, typer.Argument(help="Id of a question or card.")],
    seed: Annotated[int, typer.Option(help="Which variant.")] = 0,
    every: Annotated[bool, typer.Option("--all", help="Every combination of its parameters.")] = False,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Show an item as a learner sees it, then its key and feedback."""
    bank = bank_of(context)
    language = choose_language(lang)
    if bank.place("card", item) is not None:
        card = bank.card(item)
        if json:
            print_json(card)
        else:
            print_lines([card.front[language], "--", card.back[language]])
        return
    question = _question(bank, item)
    try:
        if every:
            space = bank.space(question)
            variants = [with_values(question, seed, space, values) for values in space.all()]
        else:
            variants = [present(question, seed, bank)]
    except FormulaError as error:
        raise fail(f"{item}: {error}", 1) from error
    if json:
        print_json([_with_key(variant) for variant in variants])
        return
    for variant in variants:
        if variant.values:
            print("# " + ", ".join(f"{name}={value}" for name, value in variant.values.items()))
        print_lines(variant_lines(variant, bank, language))
        print_lines(key_lines(variant, language))
        print()


@app.command("next")
def next_command(
    context: typer.Context,
    item: Annotated[str | None, typer.Option("--id", help="Ask this question.")] = None,
    topic: Annotated[str | None, typer.Option(help="Only this topic.")] = None,
    kind: Annotated[str | None, typer.Option(help=f"Only this kind: {', '.join(KINDS)}.")] = None,
    seed: Annotated[int | None, typer.Option(help="Which variant; otherwise a new one.")] = None,
    answer: Annotated[str | None, typer.Option(help="Answer at once, without asking.")] = None,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Ask one question, grade the answer and schedule the next time."""
    from quiz_bank.personal import scheduler_of
    from tui.cli.quiz_asking import NothingToAskError, Wanted, exam_of, pick, record
    from tui.cli.quiz_home import store_of

    language = choose_language(lang)
    bank = bank_of(context)
    with store_of(context, bank) as store:
        scheduler = scheduler_of(store, exam_of(context))
        try:
            variant = pick(store, bank, Wanted(item, topic, kind, seed), datetime.now(UTC), scheduler)
        except NothingToAskError as error:
            raise fail(str(error), 1) from error
        if json and answer is None:
            print_json(_asked(variant))
            return
        started = time.monotonic()
        if answer is None:
            print_lines(variant_lines(variant, bank, language))
            answer = typer.prompt(">", prompt_suffix=" ")
        try:
            given = parse_answer(variant, answer)
            verdict = grade(variant, given)
        except AnswerError as error:
            if json:
                print_json({"code": error.code, "message": str(error), "values": error.values})
                raise typer.Exit(1) from error
            raise fail(answer_trouble(error), 1) from error
        due = record(store, variant, given, verdict, scheduler, time.monotonic() - started)
    if json:
        print_json({"id": variant.question.id, "seed": variant.seed, "verdict": verdict, "due": due})
    else:
        print_lines(verdict_lines(verdict, language))
        print(t("study.source") + t("study.colon") + clean(in_words(variant.question.source)))


@app.command()
def stats(
    context: typer.Context,
    bank: Annotated[bool, typer.Option("--bank", help="What the bank holds.")] = False,
    items: Annotated[bool, typer.Option("--items", help="How the items behave, from all attempts.")] = False,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Counts of the bank, or the analysis of its items."""
    choose_language(lang)
    if items:
        from tui.cli.quiz_progress import item_statistics

        item_statistics(context, json)
        return
    counted = bank_counts(bank_of(context))
    if json:
        print_json(counted)
    else:
        print_lines(count_lines(counted))


@app.command("import")
def import_command(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(help="An .apkg, .gift, Moodle .xml, .csv, .tsv, hascard .md or .txt, or .toml file."),
    ],
    name: Annotated[str | None, typer.Option(help="Name of the deck; by default that of the file.")] = None,
    topic: Annotated[
        str | None, typer.Option(help="Topic of all items; by default the deck is its own.")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="anki, gift, moodle, csv, hascard, finetutor.")
    ] = None,
    skip_broken: Annotated[bool, typer.Option(help="Leave broken items out instead of stopping.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would happen.")] = False,
    json: Json = False,
) -> None:
    """Import a deck into your own; nothing is written unless all of it can be read."""
    from quiz_bank.exchange.drafts import ImportFormatError
    from quiz_bank.exchange.importing import import_deck
    from tui.cli.quiz_exchange import import_lines

    decks = home_of(context).decks
    try:
        result = import_deck(
            file,
            decks,
            bank_of(context),
            name=name,
            topic=topic,
            form=form,
            skip_broken=skip_broken,
            dry_run=dry_run,
        )
    except (ImportFormatError, OSError) as error:
        if json:
            print_json({"error": str(error)})
        raise fail(f"nothing was imported: {error}", 1) from error
    if json:
        print_json(result)
    else:
        print_lines(import_lines(result, dry_run=dry_run, skip_broken=skip_broken))
    if not result.usable:
        raise typer.Exit(1)


@app.command("export")
def export_command(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="Where to: .apkg, .gift, .xml (Moodle), .zip (QTI 2.1), .csv or .tsv.")
    ],
    topic: Annotated[list[str] | None, typer.Option(help="Only these topics.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only these kinds of question.")] = None,
    form: Annotated[str | None, typer.Option("--format", help="anki, gift, moodle, qti, csv.")] = None,
    seed: Annotated[
        int, typer.Option(help="Which numbers are frozen, where the format has no parameters.")
    ] = 0,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Export questions and cards in one language, and say what the format cannot hold."""
    from quiz_bank.exchange.exporting import ExportFormatError, export
    from tui.cli.quiz_exchange import export_lines

    bank = bank_of(context)
    questions = [
        q for q in bank.questions if (not topic or q.topic in topic) and (not kind or q.kind in kind)
    ]
    cards = [card for card in bank.cards if (not topic or card.topic in topic) and not kind]
    if not questions and not cards:
        topics = sorted({item.topic for item in (*bank.questions, *bank.cards)})
        raise fail(f"nothing to export; topics: {', '.join(topics)}; kinds: {', '.join(KINDS)}")
    try:
        result = export(
            file, questions, cards, bank, choose_language(lang), form=form, seed=seed, timestamp=time.time()
        )
    except (ExportFormatError, OSError) as error:
        raise fail(f"nothing was exported: {error}", 1) from error
    if json:
        print_json(result)
    else:
        print_lines(export_lines(result))


def _known_labs() -> tuple[set[str] | None, set[str]]:
    """Ids of the labs and names of the models, for links that the quiz engine cannot check itself."""
    from labs.errors import LabError
    from labs.lab import load_labs
    from labs.models import known_models

    models = {model.name for model in known_models()}
    try:
        return set(load_labs()), models
    except LabError as error:
        print(f"labs cannot be read, links to them are not checked: {error}", file=sys.stderr)
        return None, models


def _print_findings(findings: list[Finding], bank: Bank, errors: int, wanted: set[Path]) -> None:
    here = Path.cwd()
    for found in findings:
        file = found.file.relative_to(here) if found.file.is_relative_to(here) else found.file
        print(clean(str(msgspec.structs.replace(found, file=file)), one_line=True))
    counted = Counter(
        table for (table, _), place in bank.places.items() if not wanted or place.file.resolve() in wanted
    )
    counts = f"{counted['question']} questions and {counted['card']} cards"
    print(f"{counts}: {errors} errors, {len(findings) - errors} warnings", file=sys.stderr)


def _question(bank: Bank, item: str) -> Question:
    if bank.place("question", item) is not None:
        return bank.question(item)
    from difflib import get_close_matches

    near = get_close_matches(item, [question.id for question in bank.questions], n=3)
    raise fail(f"there is no item {item!r}" + (f"; did you mean {', '.join(near)}?" if near else ""))


def _asked(variant: Variant) -> dict[str, Any]:
    """A variant as JSON without what gives the key away."""
    question = variant.question
    return {
        "id": question.id,
        "kind": question.kind,
        "topic": question.topic,
        "seed": variant.seed,
        "prompt": variant.prompt,
        "code": variant.code,
        "figures": variant.figures,
        "unit": variant.unit,
        "choices": [{"key": choice.key, "text": choice.text} for choice in variant.choices],
        "lefts": [{"key": str(i), "text": left.text} for i, left in enumerate(variant.lefts, start=1)],
    }


def _with_key(variant: Variant) -> dict[str, Any]:
    return _asked(variant) | {
        "values": variant.values,
        "key": [choice.key for choice in variant.solution or variant.choices if choice.correct],
        "number": variant.number,
        "shown_number": variant.shown_number,
        "explain": variant.explain,
        "exam_note": variant.exam_note,
    }


register(app)
