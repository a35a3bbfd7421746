"""Whether a run has what is the student's own: the seed, and the rows drawn for this student and nobody else."""

from collections.abc import Iterator, Mapping

from labs.grading.evidence import Finding
from labs.spec import RunSpec
from labs.submission.own import Own


def own_findings(spec: RunSpec, data: Mapping[str, str], own: Own) -> Iterator[Finding]:
    """What differs from the student's own.

    Args:
        data: digests of the rows, as the run's manifest gives them.
    """
    if own.seed is not None and spec.seed != own.seed:
        yield Finding(
            code="spec.seed", severity="wrong", where="spec.json",
            message=f"seed {spec.seed} is not the student's own.", values={"said": spec.seed},
        )  # fmt: skip
    if own.split_seed is not None and spec.split_seed != own.split_seed:
        said = "none" if spec.split_seed is None else spec.split_seed
        yield Finding(
            code="spec.split_seed", severity="wrong", where="spec.json",
            message=f"split_seed {said} is not the student's own.", values={"said": said},
        )  # fmt: skip
    for part, digest in own.split.items():
        if data.get(part) != digest:
            name = part.removesuffix("_split")
            yield Finding(
                code="data.other_split", severity="wrong", where="manifest.json",
                message=f"the {name} rows are not those drawn for the student.", values={"part": name},
            )  # fmt: skip
