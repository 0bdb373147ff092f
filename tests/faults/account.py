"""What became of a load, id by id."""

from collections import Counter
from dataclasses import dataclass


@dataclass
class Account:
    """What became of a load. ``lost`` has to be empty, ``duplicated`` too."""

    accepted: set[str]
    effects: Counter[str]
    told: Counter[str]
    dead: set[str]

    @property
    def lost(self) -> set[str]:
        return self.accepted - set(self.effects) - self.dead

    @property
    def duplicated(self) -> set[str]:
        """Effects in our database, or events of ours in the log, that are there more than once."""
        return {key for counted in (self.effects, self.told) for key, times in counted.items() if times > 1}
