"""The assignment's questions on the way to a bundle: answers from a file, or asked one after the other in a terminal."""

import sys
from pathlib import Path

import msgspec

from labs.runs import write_atomically
from labs.submission.bundle import QuizAnswer
from labs.submission.errors import SubmissionError
from labs.submission.handout import Handout
from metrics.clean import clean
from quiz_bank.answers_text import parse_answer
from quiz_bank.bank import CONTENT, Bank, load_bank
from quiz_bank.errors import AnswerError, FormulaError
from quiz_bank.grading import grade
from quiz_bank.variants import Variant, present
from tui.cli.output import print_lines
from tui.cli.quiz_text import variant_lines
from tui.i18n import language, t, t_or

Answers = dict[str, str | tuple[str, ...]]


class SubmitQuiz:
    """One student's questions, as the seed of the handout draws them."""

    def __init__(self, handout: Handout, kept: Path) -> None:
        """Read the bank.

        Args:
            kept: file that holds what was answered so far, so that no interruption loses it.

        Raises:
            SubmissionError: ``submit.question``: this version of the bank does not have a question.
        """
        self._bank: Bank = load_bank([CONTENT])
        self._kept = kept
        self._variants: dict[str, Variant] = {}
        for question in handout.questions:
            try:
                self._variants[question] = present(
                    self._bank.question(question), handout.quiz_seed, self._bank
                )
            except (KeyError, FormulaError) as error:
                raise SubmissionError(
                    "submit.question", f"question {question!r} of the assignment is not in this version's bank.",
                    "Use the version of FineTutor that the assignment was made with.",
                ) from error  # fmt: skip

    def from_file(self, path: Path) -> Answers:
        """``{"question.id": "answer"}``; an answer that cannot be read is refused before it costs points.

        Raises:
            SubmissionError: ``submit.answers``.
        """
        answers = read_answers(path)
        for question, answer in answers.items():
            if question not in self._variants:
                asked = ", ".join(self._variants) or "none"
                raise SubmissionError(
                    "submit.answers", f"{path}: {question!r} is not asked of you.", f"Asked are: {asked}."
                )
            try:
                self._read(question, answer)
            except AnswerError as error:
                raise SubmissionError(
                    "submit.answers",
                    f"{path}: {question}: {error}",
                    "`finetutor quiz next --id ID` shows it.",
                ) from error
        return answers

    def ask(self) -> Answers:
        """Ask in the terminal; Enter keeps what was said before, or leaves the question out."""
        answers = self.kept()
        for number, (question, variant) in enumerate(self._variants.items(), 1):
            print(f"\n{t('grade_cli.quiz_question', n=number, total=len(self._variants), id=question)}")
            print_lines(variant_lines(variant, self._bank, language()))
            while True:
                before = _line(answers[question]) if question in answers else ""
                said = input(
                    t("grade_cli.quiz_answer_again", before=before) if before else t("grade_cli.quiz_answer")
                )
                if not said.strip():
                    break
                try:
                    self._read(question, said)
                except AnswerError as error:
                    print(t_or(f"answers.{error.code}", clean(str(error), one_line=True), **error.values))
                    continue
                answers[question] = said.strip()
                self._kept.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(self._kept, msgspec.json.format(msgspec.json.encode(answers)) + b"\n")
                break
        return answers

    def kept(self) -> Answers:
        """What was answered in the terminal before; a file that cannot be read counts as none."""
        try:
            found = msgspec.json.decode(self._kept.read_bytes(), type=Answers)
        except (OSError, msgspec.DecodeError):
            return {}
        return {question: found[question] for question in self._variants if question in found}

    def missing(self, answers: Answers) -> list[str]:
        """Questions without an answer."""
        return [question for question in self._variants if question not in answers]

    def _read(self, question: str, answer: str | tuple[str, ...]) -> None:
        """Raise AnswerError where the grader could not read it; right or wrong is not looked at."""
        variant = self._variants[question]
        grade(variant, parse_answer(variant, _line(answer)))


def submit_quiz(
    handout: Handout | None, file: Path | None, kept: Path, *, interactive: bool
) -> tuple[QuizAnswer, ...]:
    """The answers that go into the bundle, in the order of the questions.

    Raises:
        SubmissionError: answers that cannot be read, or are to questions that were not asked.
    """
    if handout is None or not handout.questions:
        answers = read_answers(file) if file is not None else {}
        return tuple(QuizAnswer(question=question, answer=answer) for question, answer in answers.items())
    quiz = SubmitQuiz(handout, kept)
    answers = quiz.from_file(file) if file is not None else quiz.ask() if interactive else quiz.kept()
    missing = quiz.missing(answers)
    if missing:
        print(t("grade_cli.unanswered", n=len(missing), ids=", ".join(missing)), file=sys.stderr)
    return tuple(
        QuizAnswer(question=question, answer=answers[question])
        for question in handout.questions if question in answers
    )  # fmt: skip


def read_answers(path: Path) -> Answers:
    """A JSON object of question and answer.

    Raises:
        SubmissionError: ``submit.answers``.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Answers)
    except OSError as error:
        raise SubmissionError("submit.answers", f"{path}: cannot be read: {error.strerror}.") from error
    except msgspec.DecodeError as error:
        raise SubmissionError(
            "submit.answers", f"{path}: {error}.", 'Write {"question.id": "answer"}.'
        ) from error


def _line(answer: str | tuple[str, ...]) -> str:
    return answer if isinstance(answer, str) else ", ".join(answer)
