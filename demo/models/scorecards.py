"""A version's scorecard as JSON for the Models tab, and the progress of measuring one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from demo.summary import Json, unless_known
from model.learning.evaluation import score_file
from model.learning.evaluation.scorecard import BY_DIGIT, Scorecard, sections
from model.service.measuring import Progress
from model.service.services import Services
from model.service.versions import folder_of

HOW = "Not measured yet: press Measure, or run python -m model score{}."
_MINUS = "\N{MINUS SIGN}"


class Scorecards:
    """Answers what pages ask of scorecards.

    Args:
        services: where networks lie.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    def show(self, version: str, known: str) -> Json:
        """A version's scorecard, or how to get one, and whether it is being measured.

        Args:
            version: a run's name, or the version of the network that comes with the app.
            known: the state that the page shows; only another one is sent in full.

        Raises:
            StoreError: there is no such version, or it is damaged.
        """
        folder, progress = self._folder(version), self._services.measuring.progress
        card = score_file.load(folder)
        busy = progress is not None and progress.at != ""
        own = progress if progress and progress.version == version else Progress(version, "")
        is_base = folder == self._services.serving.base.folder
        answer: Json = {
            "at": own.at,
            "busy": busy,
            "problem_measuring": own.problem,
            "measured": card and card.measured,
            "how": "" if card else HOW.format("" if is_base else f" {version}"),
            "parts": parts(card) if card else [],
        }
        return unless_known(answer, known)

    def measure(self, version: str) -> None:
        """Begins to measure a version.

        Raises:
            StoreError: there is no such version, it is damaged, or another is being measured.
        """
        self._services.measuring.start(version, self._folder(version))

    def _folder(self, version: str) -> Path:
        base = self._services.serving.base
        if version == base.version:
            return base.folder
        return folder_of(self._services.store.run(version), self._services.home)


def parts(card: Scorecard) -> list[Json]:
    """The sections of a scorecard.

    Returns:
        Of each section `title`, `rows` (label, figures, and the label's meaning or "") and, of a
        set of digits, `by_digit` (the share of each read right, or null) and `bins` (see
        `calibration.Bin`).
    """
    return [
        {
            "title": section.title,
            "rows": [
                [row.label, row.text(minus=_MINUS), row.meaning]
                for row in section.rows
                if row.label != BY_DIGIT
            ],
            "by_digit": section.digits and section.digits.by_digit,
            "bins": section.digits and [asdict(each) for each in section.digits.reliability],
        }
        for section in sections(card)
    ]
