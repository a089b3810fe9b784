"""From a path that somebody names to what a scenario for it is written from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from objtui.datafiles.array_names import names_in
from objtui.datafiles.files import nearest_hint, quoted, shown
from objtui.datafiles.recognition import UserData, logit_name, recognised, target_name
from objtui.datafiles.table import ARRAY_FILES, COLUMN_FILES, FEATURE_NAMES
from objtui.errors import UsageError
from objtui.scenario.proposals.proposal import Proposal, data_table
from objtui.trainer.surveyed import surveyed


def propose(path: Path, base: Path, targets: str | None) -> Proposal:
    """What there is of the data at `path`, for a scenario in the folder `base`.

    `targets` names those of a file of rows, where their name does not tell. Raises UsageError
    where the path is no data of a kind that scenarios have, DataError where they cannot be read.
    """
    user_data = recognised(path) or _by_name(path)
    if user_data.kind == "images":
        raise UsageError(
            f"{path}: holds images, but no boxes that are known: expected YOLO labels (a .txt "
            "beside each image, or in labels beside images) or a COCO .json"
        )
    if user_data.kind not in ("table", "logits"):
        if targets is not None:
            raise UsageError("--targets is for files of rows; these are images")
        data = data_table(user_data, base, "", "")
    else:
        user_data, data = _rows(user_data, base, targets)
    return Proposal(user_data, data, surveyed(data, base))


def _by_name(path: Path) -> UserData:
    """Data that are not known by sight, as their suffix has them: their reader says what is wrong.

    Raises UsageError for a path that is nothing of the kind.
    """
    if not path.exists():
        raise UsageError(f"{shown(path)}: No such file or folder")
    suffix = path.suffix.lower()
    if path.is_file() and suffix in (".json", ".yaml", ".yml"):
        return (
            UserData("coco", path, images=path.parent)
            if suffix == ".json"
            else UserData("yolo", path)
        )
    if suffix == ".toml":
        raise UsageError(f"{shown(path)}: is a scenario itself? Then: objtui run {path}")
    raise UsageError(
        f"{shown(path)}: expected a YOLO data.yaml or folder, a COCO .json or a folder with one, "
        f"or a file that ends in {', '.join((*ARRAY_FILES, *COLUMN_FILES))}"
    )


def _rows(
    user_data: UserData, base: Path, targets: str | None
) -> tuple[UserData, dict[str, object]]:
    """The data and their table, with the arrays or columns that are targets and features."""
    path, names = user_data.path, names_in(user_data.path)
    chosen = targets or target_name(names)
    if not names:  # whoever reads it says why
        return user_data, data_table(user_data, base, chosen or "targets", "")
    if chosen is None or chosen not in names:
        wanted = "no targets by name" if targets is None else f"no {quoted(targets)}"
        hint = nearest_hint(targets or "targets", names)
        raise UsageError(
            f"{shown(path)}: has {wanted}; {hint}; say which are 1 for objects and 0 for "
            "background with --targets NAME"
        )
    if user_data.kind == "logits" and chosen == target_name(names):
        return user_data, data_table(user_data, base, chosen, logit_name(names) or "")
    user_data = replace(user_data, kind="table")
    features = "" if path.suffix.lower() in COLUMN_FILES else _features(path, names, chosen)
    return user_data, data_table(user_data, base, chosen, features)


def _features(path: Path, names: tuple[str, ...], targets: str) -> str:
    """The array of features, by its name or as the only other one; empty for "features"."""
    if "features" in names:
        return ""
    folded = {name.casefold(): name for name in names}
    others = [name for name in names if name != targets]
    named = [folded[each] for each in FEATURE_NAMES if each in folded]
    if not named and len(others) != 1:
        listed = ", ".join(map(quoted, others[:10])) or "none"
        raise UsageError(
            f"{shown(path)}: which array holds the features? Beside the targets it has {listed}; "
            "call it 'features'"
        )
    return (named or others)[0]
