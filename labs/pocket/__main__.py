"""`python -m labs.pocket build`: write the tokenizer, train the model, check it against its card. `probe`: what it can do."""

import argparse
import hashlib
import logging
import sys
from itertools import chain, islice
from pathlib import Path

from labs.pocket import MODEL_DIR
from labs.pocket.card import TOLERANCE, Card, read_card, write_card
from labs.pocket.training import Recipe

HELD_OUT_SEED = 990_001
COMMON = 1000  # Han characters that are sure of a token of their own, however rare in the corpus


def build(recipe: Recipe, folder: Path, log: logging.Logger) -> Card:
    """Train from nothing into `folder`, and write the card beside the weights."""
    import torch
    from transformers import GenerationConfig

    from labs.pocket.architecture import VOCAB_SIZE, new_model
    from labs.pocket.corpus.characters import characters
    from labs.pocket.corpus.mixture import documents
    from labs.pocket.tokenizer import train_tokenizer
    from labs.pocket.training import held_out_loss, train

    torch.manual_seed(recipe.seed)
    folder.mkdir(parents=True, exist_ok=True)
    texts = (document.as_text() for document in islice(documents(recipe.seed), 20_000))
    tokenizer = train_tokenizer(chain(texts, [" ".join(characters()[:COMMON])] * 200), VOCAB_SIZE)
    tokenizer.save_pretrained(folder)
    model = new_model(tokenizer.pad_token_id, tokenizer.eos_token_id)
    log.info("parameters %d", model.num_parameters())

    def save() -> None:
        # The output layer is the embedding: stored once.
        half = {n: value.half() for n, value in model.state_dict().items() if n != "lm_head.weight"}
        model.save_pretrained(folder, state_dict=half)

    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, do_sample=False
    )
    tokens = train(model, tokenizer, recipe, log.info, save)
    save()
    card = Card(
        parameters=model.num_parameters(),
        steps=recipe.steps,
        tokens=tokens,
        seed=recipe.seed,
        held_out_seed=HELD_OUT_SEED,
        held_out_loss=round(held_out_loss(model, tokenizer, HELD_OUT_SEED), 4),
        sha256=hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
    )
    write_card(folder, card)
    log.info("held-out loss %.4f nats/token", card.held_out_loss)
    return card


def show_probe(folder: Path) -> None:
    """Print what the model in `folder` answers exactly, as Markdown."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from labs.pocket.probe import probe

    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    print("| kind of document | exact answers |\n|---|---|")
    for kind, share in probe(model.float(), tokenizer).items():
        print(f"| {kind} | {100 * share:.0f} % |")


def main() -> int:
    """Parse the command line, then build or probe."""
    parser = argparse.ArgumentParser(prog="python -m labs.pocket")
    parser.add_argument("command", choices=["build", "probe"])
    parser.add_argument("--out", type=Path, default=MODEL_DIR)
    parser.add_argument("--steps", type=int, default=Recipe().steps)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    import torch

    torch.set_num_threads(arguments.threads)
    if arguments.command == "probe":
        show_probe(arguments.out)
        return 0
    shipped = read_card(MODEL_DIR) if (MODEL_DIR / "card.json").is_file() else None
    card = build(Recipe(steps=arguments.steps), arguments.out, logging.getLogger("labs.pocket"))
    if shipped is None or shipped.steps != card.steps:
        return 0
    gap = card.held_out_loss - shipped.held_out_loss
    if abs(gap) > TOLERANCE:
        print(
            f"held-out loss {card.held_out_loss} differs from the card's {shipped.held_out_loss} by {gap:+.4f}",
            file=sys.stderr,
        )
        return 1
    print(
        f"held-out loss {card.held_out_loss} agrees with the card's {shipped.held_out_loss}", file=sys.stderr
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
