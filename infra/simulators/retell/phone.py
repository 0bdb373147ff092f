"""A whole call from ringing to analysis."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from infra.simulators.retell import calls
from infra.simulators.retell.errors import Refusal, unknown_asset
from infra.simulators.retell.inbound import Reception, ask
from infra.simulators.retell.line import Line, load_agent, pick_agent
from infra.simulators.retell.script import play
from infra.simulators.retell.webhooks import Courier
from infra.simulators.simulator import Simulator
from infra.simulators.store import Document

_RECORDINGS = "https://recordings.retellai.example.com"


@dataclass(slots=True)
class Phone:
    """Places calls; running ones are `live`, by call id."""

    simulator: Simulator
    live: dict[str, Line] = field(default_factory=dict)
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def ring(self, wish: Document) -> str:
        """Starts an inbound call (or plays on a registered outbound one); its id.

        Raises Refusal 422 when nobody has the number.
        """
        if registered := wish.get("call_id"):
            record = calls.record_of(self.simulator, registered)
            work = self._outbound(record, wish)
        else:
            number = self.simulator.store.get("numbers", wish["to_number"])
            if number is None:
                raise unknown_asset()
            record = self._inbound_record(number, wish)
            work = self._inbound(record, number, wish)
        task = self.simulator.background.spawn(work)
        self.tasks[record["id"]] = task
        task.add_done_callback(lambda _: self.tasks.pop(record["id"], None))
        return str(record["id"])

    async def wait(self, call_id: str) -> None:
        """Until everything about the call has been sent once."""
        if task := self.tasks.get(call_id):
            await asyncio.shield(task)

    def _inbound_record(self, number: Document, wish: Document) -> Document:
        fields = {
            "from_number": wish.get("from_number", ""),
            "to_number": number["phone_number"],
            "direction": "inbound",
            "metadata": wish.get("metadata"),
        }
        return calls.new_call(self.simulator, number["workspace"], fields)

    async def _inbound(self, record: Document, number: Document, wish: Document) -> None:
        key, bound = self._key(record), pick_agent(number)
        reception = await self._rung(record, number, bound)
        wanted = (reception.agent_id, reception.agent_version) if reception.agent_id else bound
        if wanted is None:
            self._fail(record["id"], "error_unknown")
            return
        try:
            agent, llm = load_agent(self.simulator, record["workspace"], *wanted)
        except Refusal:
            self._fail(record["id"], "error_unknown")
            return
        line = self._line(record, key, agent, llm)
        self._introduce(line, reception)
        await self._answer(line, reception, wish)

    async def _rung(self, record: Document, number: Document, bound: tuple[str, Any] | None) -> Reception:
        """As long as it takes, the caller hears the ringing."""
        call, began = {**record["call"], **self._bound(record, bound)}, time.monotonic()
        reception = await ask(self.simulator, self._key(record), number, call)
        rang = {"seconds": round(time.monotonic() - began, 4), "variables": reception.variables}
        calls.annotate(self.simulator, record["id"], inbound=rang)
        return reception

    async def _answer(self, line: Line, reception: Reception, wish: Document) -> None:
        if reception.reject:
            await self._not_connected(line, "user_declined", wish)
        elif len(self.live) >= int(self.simulator.settings["concurrency_limit"]):
            await self._not_connected(line, "concurrency_limit_reached", wish)
        else:
            await self._talk(line, wish)

    def _bound(self, record: Document, bound: tuple[str, Any] | None) -> Document:
        """Whom the number names, with the version that the name stands for now."""
        if bound is None:
            return {}
        try:
            agent, _ = load_agent(self.simulator, record["workspace"], *bound)
        except Refusal:
            return {"agent_id": bound[0]}
        return {"agent_id": bound[0], "agent_version": agent["version"]}

    async def _outbound(self, record: Document, wish: Document) -> None:
        call = record["call"]
        agent, llm = load_agent(self.simulator, record["workspace"], call["agent_id"], call["agent_version"])
        line = self._line(record, self._key(record), agent, llm)
        given = Reception(variables=call.get("retell_llm_dynamic_variables") or {})
        self._introduce(line, given)
        await (
            self._not_connected(line, wish["unreached"], wish)
            if wish.get("unreached")
            else self._talk(line, wish)
        )

    def _key(self, record: Document) -> str:
        workspace = self.simulator.store.get("workspaces", record["workspace"])
        assert workspace is not None  # noqa: S101 - the number belongs to it
        return str(workspace["api_key"])

    def _line(self, record: Document, key: str, agent: Document, llm: Document) -> Line:
        return Line(self.simulator, key, record["id"], agent, llm, Courier(self.simulator, key, agent))

    def _fail(self, call_id: str, reason: str) -> None:
        calls.change(
            self.simulator,
            call_id,
            call_status="error",
            disconnection_reason=reason,
            agent_id="",
            agent_version=0,
        )
        calls.finish(self.simulator, call_id)

    def _introduce(self, line: Line, reception: Reception) -> None:
        variables = {**(line.llm.get("default_dynamic_variables") or {}), **reception.variables}
        line.change(
            agent_id=line.agent["agent_id"],
            agent_version=line.agent["version"],
            agent_name=line.agent.get("agent_name"),
            data_storage_setting=line.agent.get("data_storage_setting"),
            opt_in_signed_url=line.agent.get("opt_in_signed_url"),
            retell_llm_dynamic_variables=variables or None,
            metadata=reception.metadata or line.call.get("metadata"),
        )

    async def _talk(self, line: Line, wish: Document) -> None:
        self.live[line.call_id] = line
        line.change(call_status="ongoing", start_timestamp=self.simulator.clock.milliseconds())
        # The webhook about the start is under way while both already speak.
        started = self.simulator.background.spawn(line.courier.deliver("call_started", _bare(line.call)))
        try:
            reason = await play(line, wish.get("script") or [])
        finally:
            self.live.pop(line.call_id, None)
        await started
        self._hang_up(line, reason)
        await self._report(line, wish)

    def _hang_up(self, line: Line, reason: str) -> None:
        end = self.simulator.clock.milliseconds()
        line.keep_transcript()
        line.change(
            call_status="ended",
            end_timestamp=end,
            duration_ms=end - line.call["start_timestamp"],
            disconnection_reason=reason,
            recording_url=f"{_RECORDINGS}/{line.call_id}/recording.wav",
            public_log_url=f"{_RECORDINGS}/{line.call_id}/public.log",
        )

    async def _not_connected(self, line: Line, reason: str, wish: Document) -> None:
        """Sends no call_started, but the other two."""
        line.change(call_status="not_connected", disconnection_reason=reason)
        await self._report(line, wish)

    async def _report(self, line: Line, wish: Document) -> None:
        """Webhooks carry the transcript whatever the storage setting keeps."""
        record = calls.record_of(self.simulator, line.call_id)
        call = {name: value for name, value in record["call"].items() if value is not None}
        await line.courier.deliver("call_ended", call)
        await asyncio.sleep(float(self.simulator.settings["analysis_seconds"]))
        analysis = _analysis(line, wish.get("call_analysis") or {})
        line.change(call_analysis=analysis)
        await line.courier.deliver("call_analyzed", {**call, "call_analysis": analysis})
        calls.finish(self.simulator, line.call_id)


def _bare(call: Document) -> Document:
    """A call that begins has no transcript."""
    return {name: value for name, value in call.items() if not name.startswith("transcript")}


def _summary(line: Line) -> str:
    """What a model would say of it: what was said and what the functions answered."""
    functions = calls.record_of(line.simulator, line.call_id)["functions"]
    answers = ((each["name"], each["answer"]) for each in functions)
    used = [
        f"{name} {answer['status']}"
        for name, answer in answers
        if isinstance(answer, dict) and "status" in answer
    ]
    return f"{len(line.dialogue.utterances)} utterances; {', '.join(used) or 'no function'}."


def _analysis(line: Line, wanted: Document) -> Document:
    fields: dict[str, Any] = dict(wanted.get("custom_analysis_data") or {})
    return {
        "call_summary": wanted.get("call_summary", _summary(line)),
        "user_sentiment": wanted.get("user_sentiment", "Neutral"),
        "call_successful": wanted.get("call_successful", True),
        "in_voicemail": wanted.get("in_voicemail", False),
        "custom_analysis_data": fields,
    }
