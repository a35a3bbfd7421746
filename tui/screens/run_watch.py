"""What a run looks like while one watches it: curves, figures, the model's words, the log. For live runs and replays."""

from typing import Any, ClassVar

from rich.cells import cell_len
from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content, Span
from textual.widgets import Static

from labs.runs import Prediction
from metrics.clean import clean
from tui.commands import Command
from tui.i18n import t, t_or
from tui.screens.lab_text import cell, lines, mib, number, one_line, told
from tui.screens.page import Page
from tui.screens.run_ask import Ask
from tui.screens.run_curves import Curves
from tui.screens.run_monitor import RunMonitor
from tui.screens.run_outcome import outcome_lines
from tui.screens.run_view import RunView
from tui.times import clock

STOP = Command("run.stop", "t", "stop")

DRAWS_A_SECOND = 10
"""However fast events come, this often they are drawn; keys wait for at most one drawing."""
TICKS_A_CURVE = 2
"""The curves, which cost most and change least, are drawn at every second of these."""


class RunWatch(Page[Any]):
    """Draws ``view()``. A subclass says where the view comes from."""

    TAKES_SMALLER: ClassVar = False
    """Whether the page has a form behind it that a smaller setting can go into."""

    monitor: RunMonitor
    paused = False
    log_shown = False
    _drawn: tuple[int, int, int] = (-1, 0, 0)
    _ticks = 0
    _curve_waits = False
    """Whether the curves are behind what the figures say."""
    _predictions: tuple[Prediction, ...] = ()
    _said: dict[str, tuple[str, tuple[Span, ...], int]]
    """What each part says now: text, styles, and the width it was said in; empty after every composition."""

    def view(self) -> RunView | None:
        """The run as it is now; None while it is being read."""
        raise NotImplementedError

    def body(self) -> ComposeResult:
        """State, curves and figures, words or log."""
        with Vertical(classes="body watch"):
            yield Static(id="state", markup=False)
            with Horizontal(id="upper"):
                yield Curves(id="curves")
                yield Static(id="figures", markup=False)
            yield Static(id="words", markup=False)
            yield Static(id="log", markup=False)

    def on_mount(self) -> None:
        """Look for something new ten times a second."""
        self.every(1 / DRAWS_A_SECOND, self.tick)

    def fill(self) -> None:
        """Draw after the layout is known."""
        self._drawn, self._said, self._ticks = (-1, 0, 0), {}, 0
        self.call_after_refresh(self.tick)

    def tick(self) -> None:
        """Draw if there is anything new to draw."""
        view = self.view()
        if view is None or not self.is_current or (self.paused and self._drawn[0] >= 0):
            return
        now = (self.stamp(), self.size.width, self.size.height)
        self._ticks += 1
        if now != self._drawn:
            self._drawn, self._curve_waits = now, True
            self.draw(view)
            self.refresh_chrome()
        if self._curve_waits and not self.log_shown and (view.is_over or self._ticks % TICKS_A_CURVE == 1):
            self._curve_waits = False
            self._draw_curves(view)

    def stamp(self) -> int:
        """Changes whenever the view does."""
        view = self.view()
        return view.version if view is not None else 0

    def draw(self, view: RunView) -> None:
        """Put what the view says on the screen."""
        self._put("state", self._state(view))
        upper, log = self.query_one("#upper"), self.query_one("#log")
        words = self.query_one("#words")
        log.display, upper.display, words.display = self.log_shown, not self.log_shown, not self.log_shown
        if self.log_shown:
            room = max(self.size.height - 6, 3)
            said = [clean(line.expandtabs(4)) for line in view.run.log(room)]
            self._put("log", lines(said) if said else Content.styled(t("run.log_empty"), "$muted"))
            return
        self._put("figures", lines(self._figures(view)))
        self._put("words", lines(self._words(view)))

    def _draw_curves(self, view: RunView) -> None:
        train = [
            (float(step.step), step.loss if step.loss is not None else float("nan"))
            for step in view.steps.values()
        ]
        held = [
            (float(one.step), one.loss if one.loss is not None else float("nan"))
            for one in view.evaluations.values()
        ]
        self.query_one(Curves).draw([train], [held], max(view.total_steps, view.step))

    def _put(self, name: str, content: Content) -> None:
        """Say something where it is not said already; the page is laid out anew only if it takes other lines."""
        widget, before = self.query_one(f"#{name}", Static), self._said.get(name)
        width = max(widget.content_size.width, 1)
        told = (content.plain, tuple(content.spans), width)
        if before is not None and before == told:
            return
        self._said[name] = told
        layout = before is None or before[2] != width or _height(before[0], width) != _height(told[0], width)
        widget.update(content, layout=layout)

    @work(exclusive=True, group="stop")
    async def action_stop(self) -> None:
        """Stop after this step and keep the adapter; asks once."""
        if await self.tutor.push_screen_wait(Ask(t("run.stop_ask"), t("run.stop_yes"), t("run.stop_no"))):
            await self.monitor.stop()

    def action_pause(self) -> None:
        """Hold the picture still, or catch up; the run goes on either way."""
        self.paused = not self.paused
        self._drawn = (-1, 0, 0) if not self.paused else self._drawn
        self.tick()
        self.refresh_chrome()

    def action_log(self) -> None:
        """The log in place of the curves, and back."""
        self.log_shown, self._curve_waits = not self.log_shown, True
        view = self.view()
        if view is not None:
            self.draw(view)

    async def action_back(self) -> None:
        """Out of the log first, then back."""
        if self.log_shown:
            self.action_log()
        else:
            await super().action_back()

    def key_note(self) -> str:
        """Whether the picture is held still."""
        return t("run.paused") if self.paused else ""

    def _state(self, view: RunView) -> Content:
        """One line: what it does now, how far it is, how long it will take."""
        if view.trouble is not None:
            return Content.styled("✗ " + told(view.trouble), "$error")
        if view.is_over or view.finished is not None:
            return outcome_lines(view, smaller=self.TAKES_SMALLER)
        if view.state == "queued":
            waits = "run.waits" if self.monitor.someone_trains else "run.waits_for_you"
            return Content.styled(t(waits), "$muted")
        phase = t("run.stopping") if view.stopping else t(f"run.phase_{view.phase}")
        if view.phase_system:
            phase += " · " + t(f"run.{view.phase_system}")
        parts: list[Content | str | tuple[str, str]] = [(phase, "bold $accent")]
        if view.phase == "train":
            parts += ["  ", f"{view.step}/{view.total_steps}", "  ", _bar(view.step, view.total_steps, 20)]
            if view.eta_s is not None:
                parts += ["  ", (t("run.left", time=clock(view.eta_s)), "$muted")]
        elif view.phase_total:
            parts += [
                "  ",
                f"{view.phase_done}/{view.phase_total}",
                "  ",
                _bar(view.phase_done, view.phase_total, 20),
            ]
        parts += ["  ", (clock(view.elapsed), "$quiet")]
        return Content.assemble(*parts)

    def _figures(self, view: RunView) -> list[Content]:
        step, plan = view.last, view.plan
        held = next(reversed(view.evaluations.values()), None)
        rows: list[tuple[str, str]] = []
        if step is not None:
            rows += [("loss", number(step.loss, 3) if step.loss is not None else t("run.not_finite"))]
        if held is not None:
            rows += [("eval_loss", number(held.loss, 3) + ("  ★" if held.best else ""))]
        if step is not None:
            rows += [
                ("learning_rate", _rate(step.learning_rate)),
                ("grad_norm", number(step.grad_norm, 2)),
                ("tokens_per_second", number(round(step.tokens_per_second))),
                ("memory", mib(step.memory_mib)),
                ("epoch", t("run.epoch_of", epoch=f"{step.epoch:.1f}", all=f"{_epochs(view):g}")),
            ]
        if plan is not None:
            share = 100 * plan.trainable_parameters / max(plan.total_parameters, 1)
            percent = t("app.percent", n=f"{share:.1f}")
            rows += [("trainable", f"{number(plan.trainable_parameters)} ({percent})")]
            rows += [("device", f"{one_line(plan.device)} {one_line(plan.quantization)}")]
        if view.checkpoint_step:
            rows += [("checkpoint", t("run.at_step", step=view.checkpoint_step))]
        figures = [
            Content.assemble((cell(t(f"run.{name}"), 12).plain, "$muted"), " ", value) for name, value in rows
        ]
        room = max(self.query_one("#figures").size.height, 8) - len(figures) - 1
        for warning in view.warnings[-max(room // 2, 0) :] if room > 1 else []:
            said = t_or(f"run.warned_{warning.code}", one_line(warning.message))
            figures.append(Content.styled("! " + said, "$warning"))
        return figures

    def _words(self, view: RunView) -> list[Content]:
        """The newest sample: prompt, what the base said, what the model says now."""
        if not view.samples:
            return [Content.styled(t("run.no_words"), "$quiet")]
        sample = view.samples[-1]
        if not self._predictions and view.steps:
            self._predictions = tuple(view.run.predictions())
        base = next((row.base for row in self._predictions if one_line(row.prompt) == sample.prompt), "")
        first = next((one.text for one in view.samples if one.prompt == sample.prompt and one.step == 0), "")
        now = sample.text if sample.step else ""  # before the first step it is the base that speaks
        width = self.size.width - 16
        said = [Content.styled(f"“{sample.prompt}”", "bold").truncate(max(width + 8, 10), ellipsis=True)]
        for name, text, style in (("base", one_line(base) or first, "$muted"), ("now", now, "")):
            if not text:
                continue  # the base is asked when it is scored, which may be after training
            label = (cell(t(f"run.{name}"), 6).plain, "$muted")
            said.append(
                Content.assemble("  ", label, (text, style)).truncate(max(width + 8, 10), ellipsis=True)
            )
        if sample.reference and self.size.height >= 32:
            label = (cell(t("run.reference"), 6).plain, "$muted")
            said.append(
                Content.assemble("  ", label, (sample.reference, "$muted")).truncate(
                    max(width + 8, 10), ellipsis=True
                )
            )
        return said


def _rate(rate: float) -> str:
    return f"{rate:.2e}".replace("e-0", "e-") if rate else "0"


def _height(text: str, width: int) -> int:
    """Lines of ``text`` in ``width`` cells, near enough to see that it has grown."""
    return sum(max(-(-cell_len(line) // width), 1) for line in text.split("\n"))


def _epochs(view: RunView) -> float:
    if view.plan is not None and view.plan.steps_per_epoch:
        return round(view.total_steps / view.plan.steps_per_epoch, 1)
    return view.spec.num_train_epochs


def _bar(done: int, total: int, width: int) -> tuple[str, str]:
    filled = round(width * min(done / total, 1.0)) if total else 0
    return "━" * filled + "╌" * (width - filled), "$accent"
