"""What every TOML table of a scenario file has."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler

from objtui.scenario.lines import Finding


class Table(BaseModel):
    """A TOML table: immutable, strictly typed, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @classmethod
    def meanings(cls) -> dict[str, str]:
        """What its keys are: their descriptions, else the docstrings that follow them.

        Read where they are asked for: with pydantic's `use_attribute_docstrings` every trainer
        would parse the source of every table as it starts.
        """
        docstrings: dict[str, str] = {}
        for table in reversed(cls.__mro__):
            if issubclass(table, Table):
                docstrings |= _docstrings(table)
        described = {key: field.description for key, field in cls.model_fields.items()}
        return {
            key: meaning
            for key, description in described.items()
            if (meaning := description or docstrings.get(key))
        }

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The JSON Schema, with the meanings of keys as descriptions."""
        schema = handler(core_schema)
        keys = handler.resolve_ref_schema(schema)["properties"]
        for key, meaning in cls.meanings().items():
            keys[key]["description"] = meaning
        return schema


class DataTable(Table):
    """What every source of data has.

    A source is a table derived from this one, with `source: Literal["its name"]`, in the list at
    the end of `rows.py` or `images.py`, and a module of the engine with
    `build(data, base, precision, progress)`; of an `ImagesTable` with `read_pictures(data, base)`.
    """

    builder: ClassVar[str]
    """That module, within `objtui.engine.data`."""
    lists_rows: ClassVar[bool] = False
    """Whether a scenario itself lists the rows: what is odd about them is meant so."""
    reads_files: ClassVar[bool] = False
    """Whether it has paths that start from the scenario's folder."""

    foreign_names: ClassVar[Mapping[str, str]] = {}
    """By a name that others call such data by, what to write instead."""
    max_items: ClassVar[Mapping[tuple[str, ...], int]] = {}
    """Most items of those of its lists that everything is done for again."""
    example: ClassVar[Mapping[str, object]] = {}
    """Values of keys for the block that `objtui new` writes, where the defaults are not the best;
    every key that must be given is among them."""
    smaller: ClassVar[str] = "make the data set smaller"
    """What to change where the data do not fit in memory."""

    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of everything random in the data; the same data for every head and seed."""
    missing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the training objects that are labelled as background, rounded to whole objects and
    drawn by data.seed; evaluation has all labels."""
    if TYPE_CHECKING:
        source: str

    @classmethod
    def name(cls) -> str:
        """What `source` is."""
        (name,) = get_args(cls.model_fields["source"].annotation)
        return str(name)

    def problems(self) -> Iterator[Finding]:
        """What does not fit together among its keys."""
        yield from ()

    def without_positives(self, lowest: float, highest: float, held_out: int) -> Finding:
        """Why no training row is positive, with the key to change.

        `lowest` and `highest` are the bounds of the training targets, `held_out` the number
        of positive validation rows.
        """
        return Finding(("data",), "at least one target has to be 0.5 or more")


@cache
def _docstrings(table: type[Table]) -> dict[str, str]:
    """The docstrings that follow annotated names in the source of a class."""
    try:
        source = inspect.getsource(table)
    except OSError:  # it has none: its keys were given descriptions when it was made
        return {}
    (definition,) = ast.parse(textwrap.dedent(source)).body
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for named, doc in pairwise(definition.body):
        match named, doc:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = inspect.cleandoc(text)
    return found


def as_tuple(value: object) -> object:
    """A TOML array as the tuple that a strict, frozen model asks for."""
    return tuple(value) if isinstance(value, list) else value


def held_out_twice(val: object, val_share: float | None) -> Iterator[Finding]:
    """Both a validation part and a share to be held out as one."""
    if val is not None and val_share is not None:
        yield Finding(("data", "val_share"), "give val or val_share, not both", ("data", "val"))


def repeated(items: Sequence[object]) -> Iterator[int]:
    """The positions of items that stand earlier too."""
    seen: set[object] = set()
    for position, item in enumerate(items):
        if item in seen:
            yield position
        seen.add(item)


PositiveInt = Annotated[int, Field(ge=1)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegativeFloat = Annotated[float, Field(ge=0, allow_inf_nan=False)]
FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
OpenShare = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
FilePath = Annotated[str, Field(min_length=1)]
