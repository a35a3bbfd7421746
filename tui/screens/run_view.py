"""One run as a screen sees it: events folded, one by one, into curves, figures and the last words of the model."""

import math
from dataclasses import dataclass, field

from labs.errors import LabsError
from labs.events import (
    Checkpoint,
    Evaluation,
    Event,
    Finished,
    Phase,
    Plan,
    Sample,
    Scored,
    Started,
    Step,
    Warned,
)
from labs.runs import Run, State
from labs.spec import RunSpec
from metrics.clean import clean
from metrics.score import Score


@dataclass
class RunView:
    """The state of one run after the events taken so far. ``version`` counts them, so a screen knows when to draw."""

    run: Run
    spec: RunSpec
    version: int = 0
    state: State = "queued"
    phase: str = "load"
    phase_done: int = 0
    phase_total: int = 0
    phase_system: str = ""
    plan: Plan | None = None
    steps: dict[int, Step] = field(default_factory=dict)
    """By number: a resumed run says some steps twice, and the later saying counts."""
    evaluations: dict[int, Evaluation] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    scores: dict[tuple[str, str], Score] = field(default_factory=dict)
    """By system and metric."""
    checkpoint_step: int = 0
    finished: Finished | None = None
    elapsed: float = 0.0
    """Seconds since the worker took the run."""
    resumed_from: int | None = None
    earlier: int = 0
    """Events up to this number are of earlier attempts: what ended then does not end the run now."""
    stopping: bool = False
    """A stop was asked for and has not been answered yet."""
    trouble: LabsError | None = None
    """Why it could not even be started."""

    @property
    def lab(self) -> str:
        """The lab's id; empty for a run of one's own."""
        return self.spec.lab

    @property
    def run_id(self) -> str:
        """The run's folder name."""
        return self.run.id

    @property
    def last(self) -> Step | None:
        """The newest step."""
        return next(reversed(self.steps.values()), None)

    @property
    def step(self) -> int:
        """Number of the newest step."""
        return self.last.step if self.last else 0

    @property
    def total_steps(self) -> int:
        """Steps in all; 0 until the plan is known."""
        return self.plan.total_steps if self.plan else 0

    @property
    def eta_s(self) -> float | None:
        """Seconds of training left, where known."""
        return self.last.eta_s if self.last and self.phase == "train" else None

    @property
    def loss(self) -> float | None:
        """The newest training loss, nats a token; None before the first and where it was not finite."""
        return self.last.loss if self.last else None

    @property
    def losses(self) -> list[float]:
        """All training losses in order; NaN marks a gap."""
        return [math.nan if step.loss is None else step.loss for step in self.steps.values()]

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in ("queued", "running")

    @property
    def can_resume(self) -> bool:
        """Whether it can go on from a checkpoint, or begin."""
        return self.state in ("queued", "interrupted", "cancelled", "failed")

    def take(self, event: Event) -> None:
        """Fold one event in. Texts are cleaned here, once, so that no screen has to remember to."""
        self.version += 1
        self.elapsed = max(event.t, self.elapsed)
        match event:
            case Started():
                self.state, self.finished, self.elapsed = "running", None, event.t
                self.resumed_from, self.stopping = event.resumed_from, False
            case Phase():
                self.phase, self.phase_done, self.phase_total = event.name, event.done, event.total
                self.phase_system = event.system or ""
            case Plan():
                self.plan = event
            case Step():
                self.steps.pop(event.step, None)
                self.steps[event.step] = event
            case Evaluation():
                self.evaluations[event.step] = event
            case Sample():
                self.samples.append(
                    Sample(
                        seq=event.seq, t=event.t, step=event.step, prompt=clean(event.prompt, one_line=True),
                        text=clean(event.text, one_line=True), reference=clean(event.reference, one_line=True),
                    )
                )  # fmt: skip
            case Checkpoint():
                self.checkpoint_step = event.step
            case Warned():
                self.warnings.append(event)
            case Scored():
                self.scores[event.system, event.score.name] = event.score
            case Finished() if not 0 < event.seq <= self.earlier:
                self.state, self.finished, self.stopping = event.outcome, event, False
        if event.seq and event.seq == self.earlier:  # what follows is said by a worker that is getting ready
            self.phase, self.phase_done, self.phase_total, self.phase_system = "load", 0, 0, ""


def read_view(run: Run) -> RunView:
    """The view of a run from its folder.

    Raises:
        RunError: the folder's spec cannot be read.
    """
    view = RunView(run, run.spec)
    for event in run.events():
        view.take(event)
    view.state = run.status().state
    return view
