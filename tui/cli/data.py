"""``finetutor data``: check, convert, clean, repair, augment, split, look for leaks, report.

Exit codes: 0 all is well; 1 the answer is a problem (errors in the file, rows skipped, leaks); 2 it could not be done.
"""

import os
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from labs.data.errors import DataError
from labs.data.findings import CheckReport
from labs.data.formats import Format
from tui.cli.data_run import counting, load_tokenizer, loss, print_json, reported
from tui.cli.output import Json, LangOption

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)

Source = Annotated[Path, typer.Argument(help="A .jsonl, .json, .csv, .tsv, .parquet, .txt or .md file.")]
Target = Annotated[Path, typer.Argument(help="The new file; its suffix chooses the kind.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the target if it exists; never the source.")]
FormatOption = Annotated[
    Format | None, typer.Option("--format", help="The rows' format; detected by default.")
]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", help="Of the source; by default its byte order mark, else UTF-8.")
]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="Folder of the model whose tokenizer counts; 'pocket' is the bundled one."),
]
MaxLength = Annotated[int | None, typer.Option("--max-length", min=1, help="Tokens a row may have.")]
LossOption = Annotated[str, typer.Option("--loss-on", help="response, or all: which tokens are learned.")]
Seed = Annotated[int, typer.Option("--seed", help="The same seed and file give the same result.")]


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Files to check.")],
    format: FormatOption = None,
    encoding: EncodingOption = None,
    model: ModelOption = None,
    max_length: MaxLength = None,
    loss_on: LossOption = "response",
    keep: Annotated[int, typer.Option(min=1, help="Findings shown of each kind; all are counted.")] = 20,
    personal: Annotated[
        bool, typer.Option(help="Look for phone numbers, ID cards, e-mail addresses.")
    ] = True,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Find what is wrong with data files, with file and line."""
    from labs.data.check import CheckOptions
    from labs.data.check import check as check_file
    from tui.cli.data_text import check_text

    with reported(lang):
        options = CheckOptions(
            format=format,
            encoding=encoding,
            max_length=max_length,
            loss_on=loss(loss_on),
            personal=personal,
            keep=keep,
        )
        tokenizer = load_tokenizer(model, needed=max_length is not None)
    reports: list[CheckReport] = []
    unread = 0
    for file in files:
        try:
            with reported(lang), counting(f"checking {file.name}") as progress:
                reports.append(check_file(file, options, tokenizer=tokenizer, progress=progress))
                if not json:
                    print(("\n" if len(reports) > 1 else "") + check_text(reports[-1]), flush=True)
        except typer.Exit as stopped:
            if not stopped.exit_code:
                raise
            unread += 1  # said on stderr; the other files may be read all the same
    if json:
        print_json([_with_errors(report) for report in reports])
    raise typer.Exit(2 if unread else 1 if any(report.errors for report in reports) else 0)


def _with_errors(report: CheckReport) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(report, enc_hook=str)
    return plain | {"errors": report.errors}


@app.command()
def convert(
    source: Source,
    target: Target,
    to: Annotated[Format, typer.Option("--to", help="The format to write.")],
    from_format: Annotated[
        Format | None, typer.Option("--from", help="The present format; detected by default.")
    ] = None,
    encoding: EncodingOption = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out rows that cannot be converted.")
    ] = False,
    force: Force = False,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Change the row format or the kind of file; exact, or it says what was dropped."""
    from labs.data.convert import convert as convert_file
    from tui.cli.data_results import converted_lines

    with reported(lang):
        with counting(f"converting {source.name}") as progress:
            done = convert_file(
                source, target, to, from_format=from_format, encoding=encoding, skip_bad=skip_bad, force=force,
                progress=progress,
            )  # fmt: skip
        if json:
            print_json(msgspec.to_builtins(done) | {"exact": done.exact})
        else:
            print("\n".join(converted_lines(done, target)))
    raise typer.Exit(1 if done.skipped_rows else 0)


@app.command()
def clean(
    source: Source,
    target: Target,
    format: FormatOption = None,
    encoding: EncodingOption = None,
    near: Annotated[
        float | None,
        typer.Option(min=0.1, max=1, help="Remove near-duplicates from this similarity; 0.85 is usual."),
    ] = None,
    exact: Annotated[bool, typer.Option(help="Remove rows with the same content.")] = True,
    normalised: Annotated[
        bool, typer.Option(help="Remove rows that differ in case, space, punctuation only.")
    ] = True,
    broken: Annotated[bool, typer.Option(help="Remove rows that cannot be read or learned from.")] = True,
    tidy: Annotated[bool, typer.Option(help="NFC, no control characters, no space at the ends.")] = True,
    min_characters: Annotated[int, typer.Option(min=0)] = 0,
    max_characters: Annotated[int | None, typer.Option(min=1)] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Keep these only: zh, en, mixed, ja-ko, other.")
    ] = None,
    repair: Annotated[str | None, typer.Option(help="Undo mojibake from this codec, or 'auto'.")] = None,
    mask_personal: Annotated[bool, typer.Option("--mask-personal", help="[PHONE], [ID], [EMAIL].")] = False,
    force: Force = False,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Write the good rows to a new file and list the others with their reasons beside it."""
    from labs.data.clean import CleanOptions
    from labs.data.clean import clean as clean_file
    from tui.cli.data_results import cleaned_lines

    with reported(lang):
        options = CleanOptions(
            format=format, encoding=encoding, exact=exact, normalised=normalised, near=near, broken=broken, tidy=tidy,
            min_characters=min_characters, max_characters=max_characters, languages=tuple(language or ()),
            repair=repair, mask_personal=mask_personal,
        )  # fmt: skip
        with counting(f"cleaning {source.name}") as progress:
            done = clean_file(source, target, options, force=force, progress=progress)
        if json:
            print_json(msgspec.to_builtins(done, enc_hook=str))
        else:
            print("\n".join(cleaned_lines(done, target)))


@app.command()
def repair(
    source: Source,
    target: Target,
    codec: Annotated[str | None, typer.Option(help="The wrong reading; found by default.")] = None,
    force: Force = False,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Undo mojibake in a text file; what is lost is counted and marked."""
    from labs.data.repair import repair_file
    from tui.cli.data_results import repaired_line

    with reported(lang):
        done = repair_file(source, target, codec, force=force)
        if json:
            print_json(msgspec.to_builtins(done))
        else:
            print(repaired_line(done, target))
    raise typer.Exit(1 if done.damaged else 0)


@app.command()
def split(
    source: Source,
    folder: Annotated[Path, typer.Argument(help="Where train, validation and test go.")],
    shares: Annotated[
        str, typer.Option(help="Train, validation and test; a share of 0 leaves one out.")
    ] = "0.8,0.1,0.1",
    seed: Seed = 42,
    group: Annotated[
        str | None, typer.Option(help="Column whose equal values stay together, such as meta.customer.")
    ] = None,
    stratify: Annotated[
        str | None, typer.Option(help="Column kept in proportion; 'answer' takes the answer.")
    ] = None,
    same_prompt: Annotated[bool, typer.Option(help="Keep rows with the same prompt together.")] = True,
    force: Force = False,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Deal rows out to train, validation and test: groups whole, strata in proportion, the same for a seed."""
    from labs.data.split import SplitOptions
    from labs.data.split import split as split_file
    from tui.cli.data_results import split_lines

    with reported(lang):
        try:
            train, validation, test = (float(part) for part in shares.split(","))
        except ValueError as error:
            raise DataError(
                "split.shares", f"{shares!r} are not three numbers", hint="such as 0.8,0.1,0.1"
            ) from error
        options = SplitOptions(
            shares=(train, validation, test),
            seed=seed,
            group=group,
            stratify=stratify,
            same_prompt=same_prompt,
        )
        with counting(f"splitting {source.name}") as progress:
            done = split_file(source, folder, options, force=force, progress=progress)
        if json:
            print_json(msgspec.to_builtins(done, enc_hook=str))
        else:
            print("\n".join(split_lines(done, group)))


@app.command()
def leakage(
    train: Annotated[Path, typer.Argument(help="The training file.")],
    others: Annotated[list[Path], typer.Argument(help="Validation and test files.")],
    ngram: Annotated[int, typer.Option(min=8, max=13, help="Words a shared run must have.")] = 13,
    near: Annotated[float, typer.Option(min=0.1, max=1, help="Similarity of near-duplicates.")] = 0.8,
    group: Annotated[
        str | None, typer.Option(help="Column of which no value may be in two splits, such as meta.customer.")
    ] = None,
    keep: Annotated[int, typer.Option(min=1, help="Pairs shown of each kind.")] = 5,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Show rows of one split that give away rows of another."""
    from labs.data.leakage import LeakOptions, find_leaks
    from tui.cli.data_results import leak_lines

    with reported(lang):
        files: dict[str, Path] = {}
        for file in (train, *others):
            name = file.stem if file.stem not in files else str(file)
            files[name] = file
        with counting("comparing") as progress:
            found = find_leaks(
                files, LeakOptions(ngram=ngram, near=near, group=group or None, keep=keep), progress=progress
            )
        if json:
            print_json(msgspec.to_builtins(found) | {"serious": found.serious})
        else:
            print("\n".join(leak_lines(found)))
    raise typer.Exit(1 if found.serious else 0)


@app.command()
def augment(
    source: Source,
    target: Target,
    rule: Annotated[
        list[str] | None, typer.Option(help="template, synonym, back-translation; all by default.")
    ] = None,
    per_row: Annotated[int, typer.Option(min=1, help="New rows a row, at most.")] = 1,
    ratio: Annotated[float, typer.Option(min=0, help="New rows in all, as a multiple.")] = 1.0,
    held_out: Annotated[
        list[Path] | None, typer.Option(help="Validation and test files that must not be repeated.")
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="OpenAI-compatible address, such as http://127.0.0.1:8000/v1.")
    ] = None,
    endpoint_model: Annotated[str, typer.Option(help="The model's name there.")] = "",
    seed: Seed = 42,
    force: Force = False,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Add reworded questions to a training file, each saying where it came from.

    With --endpoint the key is read from FINETUTOR_API_KEY, and only the endpoint is used unless --rule is given too.
    """
    from labs.data.augment import AugmentOptions
    from labs.data.augment import augment as augment_file
    from labs.data.endpoint import EndpointParaphraser
    from labs.data.paraphrase import RULES
    from tui.cli.data_results import augmented_lines

    with reported(lang):
        extra = {}
        if endpoint:
            extra["endpoint"] = EndpointParaphraser(
                endpoint, endpoint_model, os.environ.get("FINETUTOR_API_KEY", "")
            )
        rules = tuple(rule) if rule else () if endpoint else tuple(RULES)
        options = AugmentOptions(rules=rules, per_row=per_row, ratio=ratio, seed=seed)
        with counting(f"augmenting {source.name}") as progress:
            done = augment_file(
                source,
                target,
                options,
                held_out=held_out or (),
                extra_rules=extra,
                force=force,
                progress=progress,
            )
        if json:
            print_json(msgspec.to_builtins(done))
        else:
            print("\n".join(augmented_lines(done, target)))


@app.command()
def report(
    source: Source,
    model: ModelOption = "pocket",
    format: FormatOption = None,
    max_length: MaxLength = None,
    loss_on: LossOption = "response",
    rows: Annotated[int, typer.Option(min=0, help="Rows whose label mask is shown.")] = 3,
    batch_size: Annotated[int, typer.Option(min=1)] = 8,
    accumulation: Annotated[int, typer.Option(min=1)] = 1,
    epochs: Annotated[int, typer.Option(min=1)] = 3,
    price: Annotated[float | None, typer.Option(min=0, help="Per 1,000 trained tokens.")] = None,
    html: Annotated[Path | None, typer.Option(help="Also write the report as a web page.")] = None,
    force: Force = False,
    lang: LangOption = None,
    json: Json = False,
) -> None:
    """Token lengths, what is learned token by token, what max_length cuts, the steps and price that follow."""
    from labs.data.report import LookOptions, look
    from labs.data.writing import allow, replacing
    from tui.cli.data_page import look_html
    from tui.cli.data_text import look_text

    with reported(lang):
        if html is not None:
            allow(html, force=force, inputs=(source,))
        options = LookOptions(
            format=format, max_length=max_length, loss_on=loss(loss_on), mask_rows=rows, batch_size=batch_size,
            accumulation=accumulation, epochs=epochs, price_per_1k_tokens=price,
        )  # fmt: skip
        with counting(f"reading {source.name}") as progress:
            found = look(source, options, tokenizer=load_tokenizer(model, needed=True), progress=progress)
        if html is not None:
            with replacing(html, force=force, inputs=(source,)) as file:
                file.write(look_html(found).encode("utf-8"))
        if json:
            print_json(msgspec.to_builtins(found, enc_hook=str))
        else:
            print(look_text(found))
    raise typer.Exit(1 if found.check.errors else 0)
