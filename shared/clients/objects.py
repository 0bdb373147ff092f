"""What providers answer: lenient models that keep the object they were read from."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

ObjectT = TypeVar("ObjectT", bound="ProviderObject")


class ProviderObject(BaseModel):
    """Unknown fields are ignored, known ones may be absent. ``raw`` is the provider's object, unchanged."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    raw: dict[str, Any] = Field(default_factory=dict, exclude=True, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _keep_raw(cls, value: Any) -> Any:
        return {**value, "raw": value} if isinstance(value, dict) and "raw" not in value else value


#: For answers whose body says nothing we need.
ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
