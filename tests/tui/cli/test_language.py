"""The language may be named before a command or after it; one that is not spoken is refused."""

import pytest
from typer.testing import CliRunner

from tui.cli.main import app_options, build_command


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--lang", "zh", "lab", "list"], "第一次 QLoRA 微调"),
        (["lab", "list", "--lang", "zh"], "第一次 QLoRA 微调"),
        (["--lang", "zh", "lab", "list", "--lang", "en"], "Your first QLoRA run"),
        (["--lang=zh", "quiz", "exam", "blueprints"], "16 题   26 分钟"),
        (["--lang", "zh", "models", "list"], "参数量"),
        (["models", "info", "pocket", "--lang", "zh"], "所有线性层共 327,680 个参数"),
        (["--lang", "zh", "quiz", "stats"], "找错行"),
        (["--lang", "zh", "doctor"], "自带模型"),
    ],
)
def test_the_language_holds_wherever_it_is_named(words: list[str], said: str) -> None:
    result = CliRunner().invoke(build_command(words), words)
    assert result.exit_code == 0 and said in result.output


def test_a_language_that_is_not_spoken_is_refused() -> None:
    words = ["--lang", "fr", "lab", "list"]
    result = CliRunner().invoke(build_command(words), words)
    assert result.exit_code == 2 and "en or zh" in result.output
    assert app_options(["--lang", "fr"]) is None, "the app's own quick way leaves it to the command"
    assert app_options(["--lang", "zh_CN"]) == {"--lang": "zh_CN"}
