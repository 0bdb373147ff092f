"""A text in both languages."""

from collections.abc import Mapping
from typing import TypeAlias

Pairs: TypeAlias = Mapping[str, tuple[str, str]]
