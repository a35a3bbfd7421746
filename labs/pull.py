"""Bring a hub model onto this machine: the only thing in labs that uses a network, and only when asked."""

import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from labs.errors import ModelError
from labs.models import POCKET, hub_cache, is_available, known_models, local_folder

PATTERNS = ("*.json", "*.safetensors", "*.jinja", "*.model", "*.txt", "LICENSE*")
"""What a lab needs of a repository; never a pickle."""
REACH_SECONDS = 2.0


def pull(name: str, endpoint: str = "", say: Callable[[str], None] = print) -> Path:
    """Download a known model, or any hub id, into the hub's own cache.

    Args:
        endpoint: a mirror's address; default is huggingface_hub's (``HF_ENDPOINT``).

    Returns:
        Its folder.

    Raises:
        ModelError: ``model.network`` within about two seconds where the hub cannot be reached;
            ``model.download`` for what the hub says (unknown, gated, no space).
    """
    if name == POCKET or is_available(name):
        folder = local_folder(name)
        if folder is not None:
            say(f"{name} is here: {folder}")
            return folder
    full = {model.name.partition("/")[2].lower(): model.name for model in known_models()}.get(
        name.lower(), name
    )
    if "/" not in full:
        raise ModelError(
            "model.unknown", f"No model {name!r}.", "`finetutor models list` names them; hub ids have a /."
        )
    try:
        from huggingface_hub import constants, snapshot_download
        from huggingface_hub.errors import HfHubHTTPError
    except ModuleNotFoundError as error:
        raise ModelError(
            "model.missing_dependency", f"{error.name} is not installed.", "pip install 'finetutor[labs]'"
        ) from error
    address = endpoint or constants.ENDPOINT
    reach(address)
    say(f"{full} from {address} to {hub_cache()}")
    try:
        return Path(snapshot_download(full, allow_patterns=list(PATTERNS), endpoint=endpoint or None))
    except (HfHubHTTPError, OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(
            "model.download",
            f"{full}: {reason}",
            "A gated model needs an accepted licence and `hf auth login`.",
        ) from error


def reach(address: str, seconds: float = REACH_SECONDS) -> None:
    """Find out within ``seconds`` whether a server answers, so that nobody waits for retries.

    Raises:
        ModelError: ``model.network``, with the reason.
    """
    parts = urlsplit(address)
    answers: queue.SimpleQueue[str] = queue.SimpleQueue()

    def ask() -> None:
        try:
            request = urllib.request.Request(f"{parts.scheme}://{parts.netloc}/", method="HEAD")  # noqa: S310
            with urllib.request.urlopen(request, timeout=seconds):  # noqa: S310
                answers.put("")
        except urllib.error.HTTPError:
            answers.put("")  # it answers
        except (OSError, ValueError) as error:
            answers.put(str(getattr(error, "reason", error)))

    # In a thread: looking up a name has no timeout of its own, and can take half a minute.
    threading.Thread(target=ask, daemon=True).start()
    try:
        reason = answers.get(timeout=seconds)
    except queue.Empty:
        reason = f"no answer in {seconds:g} s"
    if reason:
        raise ModelError(
            "model.network",
            f"{parts.netloc or address} cannot be reached ({reason}).",
            "Check the network, or name a mirror with --endpoint. The bundled model needs none.",
        )
