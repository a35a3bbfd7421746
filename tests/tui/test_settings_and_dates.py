"""The settings file and dates as people type them."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tui.dates import DateError, read_date
from tui.i18n import language_of, locale_language
from tui.settings import Settings, SettingsError, load_settings, save_settings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-12-04", "2026/12/4", "2026.12.04", "4.12.2026", "12/4", "12-4", "2026年12月4日", "12月4日", "12"],
)
def test_dates_are_read_in_every_usual_form(text: str) -> None:
    assert read_date(text, NOW) == date(2026, 12, 4)


def test_a_day_without_a_year_is_the_next_one() -> None:
    assert read_date("3/1", NOW) == date(2027, 3, 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2020-01-01", "date_over"),
        ("2026-02-30", "date_unreadable"),
        ("soon", "date_unreadable"),
        ("9999-01-01", "date_unreadable"),
    ],
)
def test_what_is_no_date_to_come_is_refused_with_a_code(text: str, code: str) -> None:
    with pytest.raises(DateError) as refused:
        read_date(text, NOW)
    assert refused.value.code == code


def test_settings_round_trip_and_keep_what_others_wrote(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.toml"
    settings = Settings(
        language="zh", theme="light", exam_date=date(2026, 12, 4), minutes_a_day=30, started=True
    )
    save_settings(path, settings)
    assert load_settings(path) == settings
    path.write_text("# mine\nother = [1, 2]\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    save_settings(path, Settings(language="en"))
    text = path.read_text(encoding="utf-8")
    assert "# mine" in text and "other = [1, 2]" in text and "exam_date" not in text
    assert load_settings(path) == Settings(language="en")
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.toml"], (
        "nothing half-written is left"
    )


def test_a_wrong_entry_is_named(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('theme = "pink"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="theme"):
        load_settings(path)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        save_settings(tmp_path / "file" / "settings.toml", Settings())
    assert refused.value.code in ("unwritable", "unreadable")


@pytest.mark.parametrize(
    ("name", "language"),
    [("zh_CN.UTF-8", "zh"), ("zh-Hans", "zh"), ("en", "en"), ("de_DE", None), ("C", None), (None, None)],
)
def test_languages_are_read_from_locale_names(name: str | None, language: str | None) -> None:
    assert language_of(name) == language


def test_the_locale_decides_until_the_learner_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "")
    monkeypatch.setenv("LC_MESSAGES", "zh_CN.UTF-8")
    assert locale_language() == "zh"
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert locale_language() == "en"
