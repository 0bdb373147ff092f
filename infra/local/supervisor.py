"""One supervisord without a control socket runs every process; ending it ends them all."""

import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.layout import Layout
from infra.local.private_server import write_private
from infra.local.processes import MARK, is_marked, marked, read_pid, send, until, wait_gone
from infra.local.programs import SYSTEM_PATH, Program, is_root, tail

_NAME = "supervisord"
# A service may use 30 s to finish what it works on; the groups stop one after the other.
_STOP_SECONDS = 30
_GROUPS = 3
_START_SECONDS = 15

Groups = Mapping[str, Sequence[Program]]


def configure(layout: Layout, groups: Groups, gated: str) -> None:
    """Write a start script per program and supervisord's configuration.

    Groups start in their order and stop in the opposite one, their programs together. Those of the group
    `gated` wait for the tables of the database.
    """
    sections = [_supervisord(layout)]
    for priority, (group, programs) in enumerate(groups.items(), start=1):
        for program in programs:
            write_private(_script_file(layout, program), _script(layout, program, gate=group == gated))
        sections += [_section(layout, program) for program in programs]
        names = ",".join(program.name for program in programs)
        sections += [f"[group:{group}]\nprograms={names}\npriority={priority}\n"] if programs else []
    write_private(_configuration(layout), "\n".join(sections))


def start(layout: Layout) -> None:
    """Start supervisord in a session of its own: a terminal's Ctrl-C reaches neither it nor its children.

    Raises LocalError with its words when it ends at once.
    """
    configuration = _inside(layout, _configuration(layout))
    command = [sys.executable, "-m", "infra.local.attentive", "--nodaemon", "-c", configuration]
    home = str(layout.local)
    words = layout.log_file("supervisord-start")
    with words.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={"PATH": SYSTEM_PATH, "HOME": home, "LANG": "C.UTF-8", MARK: layout.mark},
            cwd=layout.local,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    layout.pid_file(_NAME).write_text(f"{process.pid}\n")
    # For a moment after its start a process has no environment to be recognised by.
    until(lambda: is_marked(process.pid, layout.mark) or process.poll() is not None, _START_SECONDS)
    if process.poll() is not None:
        raise LocalError(f"supervisord ended at once:\n{tail(words)}", f"read {words}")


def running(layout: Layout) -> bool:
    """Whether the supervisord of this checkout lives."""
    pid = read_pid(layout.pid_file(_NAME))
    return pid is not None and is_marked(pid, layout.mark)


def stop(layout: Layout) -> int:
    """End everything of this checkout, also what a killed supervisord left; returns how many there were.

    Raises LocalError when a process survives even SIGKILL.
    """
    found = marked(layout.mark)
    pid = read_pid(layout.pid_file(_NAME))
    if pid in found:
        send([pid], signal.SIGTERM)
        wait_gone([pid], (_STOP_SECONDS + 5) * _GROUPS)
    _end_orphans(layout)
    for file in layout.run.glob("*.pid"):
        file.unlink()
    return len(found)


def _end_orphans(layout: Layout) -> None:
    # The supervisor first: it would start again what is ended under it.
    pid = read_pid(layout.pid_file(_NAME))
    send([one for one in marked(layout.mark) if one == pid], signal.SIGKILL)
    orphans = marked(layout.mark)
    send(orphans, signal.SIGTERM)
    send(wait_gone(orphans, 10), signal.SIGKILL)
    left = wait_gone(marked(layout.mark), 5)
    if left:
        raise LocalError(f"Processes {left} do not end.", "look at them with `ps`, end them with `kill -9`")


def _supervisord(layout: Layout) -> str:
    lines = [
        "[supervisord]",
        f"logfile={_inside(layout, layout.log_file(_NAME))}",
        "logfile_maxbytes=10MB",
        "logfile_backups=1",
        # Ours is written by `start`; supervisord removes this one when it ends.
        f"pidfile={_inside(layout, layout.conf / _NAME)}.pid",
        f"childlogdir={_inside(layout, layout.log)}",
        "umask=077",
    ]
    return "\n".join([*lines, *(["user=root"] if is_root() else [])]) + "\n"


def _section(layout: Layout, program: Program) -> str:
    lines = [
        f"[program:{program.name}]",
        f"command=/bin/sh {_inside(layout, _script_file(layout, program))}",
        "autorestart=true",
        "startsecs=1",
        # The default gives up after three starts; a server that waits for another one needs more.
        "startretries=1000000",
        f"stopsignal={program.stop_signal}",
        f"stopwaitsecs={_STOP_SECONDS}",
        "redirect_stderr=true",
        f"stdout_logfile={_inside(layout, layout.log_file(program.name))}",
        "stdout_logfile_maxbytes=20MB",
        "stdout_logfile_backups=1",
    ]
    return "\n".join(lines) + "\n"


def _script(layout: Layout, program: Program, *, gate: bool) -> str:
    """Writes the pid of what it becomes; moved into place, so that nobody reads half of it."""
    pid_file = shlex.quote(str(layout.pid_file(program.name)))
    exports = [f"export {name}={shlex.quote(value)}" for name, value in program.env.items()]
    wait = [f"until [ -e {shlex.quote(str(layout.migrated))} ]; do sleep 0.1; done"] if gate else []
    lines = [
        f"echo $$ > {pid_file}.new && mv {pid_file}.new {pid_file}",
        f"cd {shlex.quote(str(program.cwd))} || exit 1",
        *wait,
        *exports,
        "exec " + shlex.join(program.argv),
    ]
    return "\n".join(lines) + "\n"


def _script_file(layout: Layout, program: Program) -> Path:
    return layout.conf / f"{program.name}.sh"


def _configuration(layout: Layout) -> Path:
    return layout.conf / "supervisord.conf"


def _inside(layout: Layout, path: Path) -> str:
    """Relative to where supervisord runs: the way there may hold what its configuration gives a meaning."""
    return str(path.relative_to(layout.local))
