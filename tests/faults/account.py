"""What became of a load, id by id."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Account:
    """What became of a load. ``lost`` has to be empty, ``duplicated`` too."""

    accepted: set[str]
    effects: Counter[str]
    told: Counter[str] = field(default_factory=Counter)
    dead: set[str] = field(default_factory=set)

    @property
    def lost(self) -> set[str]:
        return self.accepted - set(self.effects) - self.dead

    @property
    def duplicated(self) -> set[str]:
        """Effects in our database, or events of ours in the log, that are there more than once."""
        return {key for counted in (self.effects, self.told) for key, times in counted.items() if times > 1}

    def check(self) -> None:
        """I1, I2 and, where ``told`` is what a provider was asked for, I4."""
        assert not self.lost, f"I1: lost {sorted(self.lost)[:5]} of {len(self.accepted)}"
        assert not self.duplicated, f"I2, I4: happened twice {sorted(self.duplicated)[:5]}"
        assert not set(self.effects) & self.dead, "done and dead at once"
