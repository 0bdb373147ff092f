"""``/api/dead-letters/patch/preview``: one JSON Patch over many dead letters, tried on some of them."""

from dataclasses import asdict

from fastapi import APIRouter

from services.ops_console.handlers.group_patches import VERDICTS, Member, Preview
from services.ops_console.routes.access import Operator
from services.ops_console.routes.choosing import chosen
from services.ops_console.routes.parts import Given
from services.ops_console.routes.shapes_edits import DiffLine, FaultOut
from services.ops_console.routes.shapes_patches import MemberOut, PatchPreview, PatchWish

router = APIRouter(prefix="/api/dead-letters/patch", tags=["edits"])


@router.post("/preview")
async def preview_patch(wish: PatchWish, parts: Given, _: Operator) -> PatchPreview:
    """Nothing is changed; an operation of the kind ``patch-replay`` does it."""
    return preview_out(await parts.preview_patch(chosen(wish), wish.patch))


def preview_out(preview: Preview) -> PatchPreview:
    """With each verdict, also where there was none of it."""
    counts = {verdict: preview.counts.get(verdict, 0) for verdict in VERDICTS}
    items = [_member(one) for one in preview.members]
    return PatchPreview(found=preview.found, tried=preview.tried, counts=counts, items=items)


def _member(one: Member) -> MemberOut:
    return MemberOut(
        id=one.letter_id,
        company_id=one.company_id,
        verdict=one.verdict,
        why=one.why,
        faults=[FaultOut(**asdict(fault)) for fault in one.faults],
        diff=[DiffLine(kind=line.kind, text=line.text) for line in one.diff],
    )
