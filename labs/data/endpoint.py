"""Paraphrases from an OpenAI-compatible endpoint: a hook for those who run one (vLLM, Ollama, Bailian, OpenAI)."""

import json
import random
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from labs.data.errors import DataError

_MAX_ANSWER = 1 << 20
_ASK = (
    "Rewrite the user's question in other words, in the same language. Keep its meaning, every number, name, "
    "quotation and piece of code exactly. Answer with the rewritten question alone."
)


class EndpointParaphraser:
    """A paraphrase rule (see ``paraphrase.Rule``) that asks ``{base_url}/chat/completions``.

    Args:
        base_url: such as ``http://127.0.0.1:8000/v1``; http and https only.
        model: the model's name there.
        api_key: sent as a bearer token; empty for none. It is never written anywhere.
        timeout_s: seconds to wait for one answer.
    """

    def __init__(self, base_url: str, model: str, api_key: str = "", timeout_s: float = 60.0) -> None:
        if urlsplit(base_url).scheme not in ("http", "https"):
            raise DataError("endpoint.url", f"{base_url!r} is no http address")
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._model = model
        self._key = api_key
        self._timeout = timeout_s

    def __call__(self, text: str, random: random.Random) -> str | None:
        """One paraphrase of ``text``; None where the model gave none. ``random`` seeds the request.

        Raises:
            DataError: the endpoint cannot be reached, refuses, or answers in another form.
        """
        body = {
            "model": self._model,
            "messages": [{"role": "system", "content": _ASK}, {"role": "user", "content": text}],
            "temperature": 0.7,
            "seed": random.randrange(2**31),
        }
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(self._url, json.dumps(body).encode(), headers)  # noqa: S310 - checked above
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as response:  # noqa: S310
                answer = json.loads(response.read(_MAX_ANSWER))
            said = answer["choices"][0]["message"]["content"]
        except (urllib.error.URLError, OSError) as error:
            raise DataError(
                "endpoint.unreachable", f"{self._url}: {error}", hint="is the server running?"
            ) from error
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise DataError("endpoint.answer", f"{self._url} answered in another form: {error!r}") from error
        said = said.strip() if isinstance(said, str) else ""
        return said if said and said != text.strip() else None
