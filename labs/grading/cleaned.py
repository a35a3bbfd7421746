"""What a bundle says, made fit to be kept and shown: no control characters, no paths, nothing endless."""

from pathlib import Path

import msgspec

from labs.grading.evidence import Finding
from labs.grading.parsed import Parsed
from labs.spec import RunSpec
from metrics.clean import clean
from metrics.score import Score


def clean_finding(finding: Finding) -> Finding:
    """A finding whose texts are cut and clean."""
    values = {
        name: clean(value, one_line=True)[:200] if isinstance(value, str) else value
        for name, value in finding.values.items()
    }
    return msgspec.structs.replace(
        finding, message=clean(finding.message, one_line=True)[:400], values=values
    )


def clean_spec(spec: RunSpec) -> RunSpec:
    """The spec without control characters, and without the paths of a student's home."""
    texts = {
        name: clean(value, one_line=True)[:200]
        for name in RunSpec.__struct_fields__
        if isinstance(value := getattr(spec, name), str)
    }
    texts["base_model"] = Path(texts["base_model"]).name or texts["base_model"]
    for name in ("train_file", "validation_file", "test_file", "mix_file", "probe_file"):
        texts[name] = Path(texts[name]).name
    prompts = tuple(clean(prompt)[:400] for prompt in spec.sample_prompts[:8])
    return msgspec.structs.replace(spec, sample_prompts=prompts, **texts)


def clean_scores(scores: dict[str, Score]) -> dict[str, Score]:
    """Claimed scores without the parts that nobody reads."""
    return {
        clean(name, one_line=True)[:60]: msgspec.structs.replace(
            score,
            name=clean(score.name, one_line=True)[:60],
            signature=clean(score.signature, one_line=True)[:400],
            parts={},
            warnings=tuple(clean(text, one_line=True)[:200] for text in score.warnings[:5]),
        )
        for name, score in list(scores.items())[:40]
    }


def clean_data(parsed: Parsed) -> dict[str, str]:
    """Digests of the rows trained on, as the manifest gives them."""
    claimed = {} if parsed.manifest is None else parsed.manifest.data
    return {
        clean(name, one_line=True)[:40]: clean(digest, one_line=True)[:64]
        for name, digest in list(claimed.items())[:20]
    }
