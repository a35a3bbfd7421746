"""One item as it is asked: a flashcard (from either side), or a question with its numbers drawn and options shuffled."""

import msgspec

from quiz_bank.bank import Bank
from quiz_bank.errors import FormulaError
from quiz_bank.questions import Card, Question
from quiz_bank.records import BACK, ItemState
from quiz_bank.text import Text
from quiz_bank.variants import Variant, present


class AskedCard(msgspec.Struct, frozen=True, kw_only=True):
    """A flashcard."""

    state: ItemState
    card: Card
    front: Text
    back: Text


class AskedQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question."""

    state: ItemState
    variant: Variant

    @property
    def question(self) -> Question:
        """What the author wrote."""
        return self.variant.question


Asked = AskedCard | AskedQuestion


class MissingItemError(LookupError):
    """The schedule names an item that the bank no longer has, or a generated card that cannot be read."""

    code = "study.missing_item"


def ask(state: ItemState, bank: Bank, seed: int) -> Asked:
    """The item of ``state`` as it is shown. Raises MissingItemError."""
    item, kind = state.ref.item, state.ref.kind
    try:
        if kind == "generated":
            return _generated(state, bank, seed)
        if kind == "question":
            return AskedQuestion(state=state, variant=present(bank.question(item), seed, bank))
        card = bank.card(item.removesuffix(BACK))
    except (KeyError, FormulaError, msgspec.DecodeError) as error:
        raise MissingItemError(f"{item}: {error}") from error
    return _turned(state, card, from_back=item.endswith(BACK))


def _turned(state: ItemState, card: Card, from_back: bool) -> AskedCard:
    front, back = (card.back, card.front) if from_back else (card.front, card.back)
    return AskedCard(state=state, card=card, front=front, back=back)


def _generated(state: ItemState, bank: Bank, seed: int) -> Asked:
    """A card or a question that came from the learner's own run."""
    content = (state.content or "").encode()
    if "kind" in msgspec.json.decode(content, type=dict[str, object]):
        return AskedQuestion(
            state=state, variant=present(msgspec.json.decode(content, type=Question), seed, bank)
        )
    return _turned(state, msgspec.json.decode(content, type=Card), from_back=False)
