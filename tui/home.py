"""Where a learner's files live: ``--home``, else ``FINETUTOR_HOME``, else the platform's user data folder."""

import os
from dataclasses import dataclass
from pathlib import Path

from labs.typed_path import typed_path


@dataclass(frozen=True)
class Home:
    """Paths under one home folder. Making a ``Home`` touches no disk; writers create what they need."""

    root: Path

    @property
    def progress_db(self) -> Path:
        """SQLite file with card states, the review log, attempts and exams."""
        return self.root / "progress.db"

    @property
    def backups(self) -> Path:
        """Folder of checked copies of ``progress.db``."""
        return self.root / "backups"

    @property
    def settings(self) -> Path:
        """Language, theme, exam date and daily budget, as TOML."""
        return self.root / "settings.toml"

    @property
    def runs(self) -> Path:
        """One folder a run."""
        return self.root / "runs"

    @property
    def decks(self) -> Path:
        """The learner's own question files."""
        return self.root / "decks"


def find_home(option: Path | None = None) -> Home:
    """Resolve the home folder from the command-line option, the environment, or the platform."""
    if option is not None:
        return Home(typed_path(option).absolute())
    from_environment = os.environ.get("FINETUTOR_HOME")
    if from_environment:
        return Home(typed_path(from_environment).absolute())
    # Imported only where it is asked: it is a good part of the time to the first paint.
    import platformdirs

    return Home(Path(platformdirs.user_data_dir("finetutor", appauthor=False)))
